import { aligned, mediansOf } from "../report.js";
import type { HeavyContender } from "./heavy-contenders.js";
import type { HeavyMeasurement } from "./measure-heavy.js";

/** The event loop's delay, 99th percentile, inline divided by on threads. */
const delayBar = 20;

export interface HeavyReport {
  readonly ratios: {
    /** The delay inline, divided by that with a thread for each core but one; null where one was not measured. */
    readonly delayP99: number | null;
    /** The rate with two threads, divided by that with one. */
    readonly rate: number | null;
  };
  /** One for each contender: the medians of its rounds. */
  readonly rows: readonly HeavyMeasurement[];
}

export function heavyReportOf(measurements: readonly HeavyMeasurement[]): HeavyReport {
  const figures = ["rate", "delayP50Ms", "delayP99Ms", "delayMostMs"] as const;
  const rows = mediansOf(measurements, ({ contender }) => contender, figures);
  const ratio = (over: HeavyContender, under: HeavyContender, figure: "rate" | "delayP99Ms"): number | null => {
    const of = (name: HeavyContender): number | undefined => rows.find(({ contender }) => contender === name)?.[figure];
    const [one, other] = [of(over), of(under)];
    return one === undefined || other === undefined ? null : one / other;
  };
  const delayP99 = ratio("inline", "spareCores", "delayP99Ms");
  return { ratios: { delayP99, rate: ratio("twoThreads", "oneThread", "rate") }, rows };
}

export function heavyInWords({ ratios: { delayP99, rate }, rows }: HeavyReport): string {
  const inWords = (value: number | null): string => (value === null ? "–" : `${value.toFixed(2)}x`);
  const verdict = delayP99 === null ? "" : delayP99 >= delayBar ? "reached" : "missed";
  return [
    "a method that computes, 4 in flight; how late the server's event loop comes to its timers",
    aligned([
      ["runs", "threads", "calls/s", "delay p50 ms", "p99 ms", "most ms"],
      ...rows.map(({ contender, threads, rate: calls, delayP50Ms, delayP99Ms, delayMostMs }) => [
        contender,
        String(threads),
        calls.toFixed(1),
        delayP50Ms.toFixed(2),
        delayP99Ms.toFixed(2),
        delayMostMs.toFixed(2),
      ]),
    ]),
    aligned([
      ["", "", "at least", ""],
      ["p99 of the delay, inline by spareCores", inWords(delayP99), `${delayBar}x`, verdict],
      ["calls/s, twoThreads by oneThread", inWords(rate), "", ""],
    ]),
  ].join("\n\n");
}
