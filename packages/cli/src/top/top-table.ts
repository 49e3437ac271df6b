import type { Column } from "../output/table.js";
import type { Colours } from "../output/terminal.js";
import type { TopFigures, TopRow } from "./top-row.js";

/** A line of the table: a service, or one of its methods below it. */
export interface TopLine extends TopFigures {
  readonly name: string;
  readonly kind: "service" | "method";
  /** Empty for a method. */
  readonly instances: string;
  readonly isSilent: boolean;
}

export function topLines(rows: readonly TopRow[], detail: "services" | "methods"): readonly TopLine[] {
  return rows.flatMap((row) => {
    const { service, protocol, instances, silent, methods, ...figures } = row;
    const counted = silent.length === 0 ? String(instances) : `${instances}, ${silent.length} silent`;
    const name = protocol === "http" ? `${service} (http)` : service;
    const own: TopLine = { ...figures, name, kind: "service", instances: counted, isSilent: silent.length > 0 };
    if (detail === "services") return [own];
    return [
      own,
      ...methods.map(({ method, ...each }): TopLine => {
        return { ...each, name: `  ${method}`, kind: "method", instances: "", isSilent: false };
      }),
    ];
  });
}

export function topColumns({ bold, dim, red }: Colours): readonly Column<TopLine>[] {
  return [
    { head: "service", text: ({ name }) => name, paint: (text, { kind }) => (kind === "service" ? bold : dim)(text) },
    {
      head: "instances",
      text: ({ instances }) => instances,
      paint: (text, { isSilent }) => (isSilent ? red(text) : text),
    },
    { head: "calls/s", text: ({ callsPerSecond }) => rateText(callsPerSecond) },
    { head: "errors/s", text: ({ errorsPerSecond }) => rateText(errorsPerSecond), paint: redIfErrors(red) },
    { head: "errors", text: ({ errorShare }) => shareText(errorShare), paint: redIfErrors(red) },
    { head: "p50", text: ({ p50Ms }) => durationText(p50Ms) },
    { head: "p99", text: ({ p99Ms }) => durationText(p99Ms) },
    { head: "in flight", text: ({ inFlight }) => (inFlight === null ? "–" : String(inFlight)) },
  ];
}

function redIfErrors(red: Colours["red"]): (text: string, line: TopLine) => string {
  return (text, { errorsPerSecond }) => (errorsPerSecond !== null && errorsPerSecond > 0 ? red(text) : text);
}

function rateText(rate: number | null): string {
  if (rate === null) return "–";
  return rate === 0 || rate >= 100 ? Math.round(rate).toLocaleString("en") : rate.toFixed(1);
}

function shareText(share: number | null): string {
  if (share === null) return "–";
  const percent = share * 100;
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${percent === 0 ? "0" : percent.toFixed(1)} %`;
}

/** As many figures as the histogram behind it is good for. */
export function durationText(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 1000) return `${Number(ms.toPrecision(ms < 10 ? 2 : 3))} ms`;
  return `${Number((ms / 1000).toPrecision(3))} s`;
}
