import { type Html, html } from "./html.js";

/** One decimal, and a dash where there is nothing to average. */
export function averageText(average: number | null): Html {
  if (average === null) return html`<span aria-hidden="true">–</span><span class="unseen">no grades yet</span>`;
  return html`${average.toFixed(1)}`;
}

/** The score as it was given, with at most two decimals. */
export function scoreText(score: number): string {
  return String(Math.round(score * 100) / 100);
}

export function countText(count: number, one: string, many: string): string {
  return `${count === 0 ? "no" : count} ${count === 1 ? one : many}`;
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export function dayText(time: string): string {
  return day.format(new Date(time));
}
