import type { ContenderName } from "./contenders.js";
import type { Measurement } from "./measure.js";
import { aligned, medians, rowsInWords, versionsInWords } from "./report.js";

/** The level at which the clauses ask. */
const judgedInFlight = 64;

/** COORD-10.1: durable writes a second; COORD-10.2: reads a second, divided by writes. */
const bars = { writesPerSecond: 10_000, readsToWrites: 3 } as const;

/** At 64 in flight; null where one of the two was not measured. */
export interface CoordinationReport {
  readonly writesPerSecond: number | null;
  readonly readsToWrites: number | null;
  /** The store's writes divided by the bare durable log's. */
  readonly writesToFloor: { readonly cpu: number | null; readonly rate: number | null };
  readonly rows: readonly Measurement[];
}

export function coordinationReportOf(measurements: readonly Measurement[]): CoordinationReport {
  const rows = medians(measurements);
  const figure = (name: ContenderName, field: "rate" | "cpuMicros"): number | undefined =>
    rows.find((row) => row.contender === name && row.inFlight === judgedInFlight)?.[field];
  const ratio = (one: number | undefined, other: number | undefined): number | null =>
    one === undefined || other === undefined ? null : one / other;
  const writes = figure("storeWrites", "rate");
  return {
    writesPerSecond: writes ?? null,
    readsToWrites: ratio(figure("storeReads", "rate"), writes),
    writesToFloor: {
      cpu: ratio(figure("storeWrites", "cpuMicros"), figure("durableFloor", "cpuMicros")),
      rate: ratio(writes, figure("durableFloor", "rate")),
    },
    rows,
  };
}

export function coordinationInWords(report: CoordinationReport, versions: Readonly<Record<string, string>>): string {
  const { rows, writesPerSecond, readsToWrites, writesToFloor } = report;
  return [
    rowsInWords(rows),
    `${judgedInFlight} in flight`,
    aligned([
      ["", "seen", "at least", ""],
      [
        "writes/s",
        rounded(writesPerSecond),
        bars.writesPerSecond.toLocaleString("en-US"),
        verdict(writesPerSecond, bars.writesPerSecond),
      ],
      [
        "reads to writes",
        inWords(readsToWrites),
        inWords(bars.readsToWrites),
        verdict(readsToWrites, bars.readsToWrites),
      ],
      ["writes to the floor's, rate", inWords(writesToFloor.rate), "–", ""],
      ["writes to the floor's, CPU", inWords(writesToFloor.cpu), "–", ""],
    ]),
    versionsInWords(versions),
  ].join("\n\n");
}

function verdict(seen: number | null, least: number): string {
  if (seen === null) return "–";
  return seen >= least ? "reached" : "missed";
}

function rounded(figure: number | null): string {
  return figure === null ? "–" : Math.round(figure).toLocaleString("en-US");
}

function inWords(ratio: number | null): string {
  return ratio === null ? "–" : `${ratio.toFixed(2)}x`;
}
