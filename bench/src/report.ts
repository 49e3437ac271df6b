import { type ContenderName, ourName, rivalNames } from "./contenders.js";
import type { Measurement } from "./measure.js";

/** The level at which contenders are set against each other. */
const ratioInFlight = 64;

/** What our CPU time divided by theirs may be at most: the clauses PERF-1.2, PERF-1.3 and PERF-1.4. */
const cpuBars = { floor: 2, grpcJs: 1 / 12, moleculer: 1 / 2.5 } as const;

/** Ours divided by theirs; null where one of the two was not measured. */
export type RatioByRival = { readonly [R in (typeof rivalNames)[number]]: number | null };

export interface Report {
  readonly ratios: { readonly cpu: RatioByRival; readonly rate: RatioByRival };
  /** One for each contender at each level: the medians of its rounds. */
  readonly rows: readonly Measurement[];
}

export function reportOf(measurements: readonly Measurement[]): Report {
  const rows = medians(measurements);
  return { ratios: { cpu: ratiosOf(rows, "cpuMicros"), rate: ratiosOf(rows, "rate") }, rows };
}

/** For people: every row, then the ratios, then what was measured. */
export function reportInWords({ ratios, rows }: Report, versions: Readonly<Record<string, string>>): string {
  return [
    rowsInWords(rows),
    `${ourName} against each, ours divided by theirs, ${ratioInFlight} in flight (CPU: below 1 is better; rate: above 1)`,
    aligned([
      ["", ...rivalNames],
      ["CPU", ...rivalNames.map((name) => inWords(ratios.cpu[name]))],
      ["at most", ...rivalNames.map((name) => inWords(cpuBars[name]))],
      ["", ...rivalNames.map((name) => verdict(ratios.cpu[name], cpuBars[name]))],
      ["rate", ...rivalNames.map((name) => inWords(ratios.rate[name]))],
    ]),
    versionsInWords(versions),
  ].join("\n\n");
}

export function rowsInWords(rows: readonly Measurement[]): string {
  const table = rows.map(({ contender, inFlight, rate, p50Ms, p99Ms, cpuMicros }) => [
    contender,
    String(inFlight),
    Math.round(rate).toLocaleString("en-US"),
    p50Ms.toFixed(3),
    p99Ms.toFixed(3),
    cpuMicros.toFixed(2),
  ]);
  return aligned([["contender", "in flight", "calls/s", "p50 ms", "p99 ms", "CPU µs/call"], ...table]);
}

export function versionsInWords(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
}

/** One row for each contender at each level: the median of its rounds, each figure by itself. */
export function medians(measurements: readonly Measurement[]): Measurement[] {
  const figures = ["rate", "p50Ms", "p99Ms", "cpuMicros"] as const;
  return mediansOf(measurements, ({ contender, inFlight }) => `${contender} ${inFlight}`, figures);
}

/** One row for each name, in the order in which they come first; of the figures named the median, each by itself. */
export function mediansOf<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  figures: readonly NumberField<Row>[],
): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = nameOf(row);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const middle = figures.map((figure) => [figure, median(group.map((row) => row[figure] as number))] as const);
    return { ...(group[0] as Row), ...Object.fromEntries(middle) };
  });
}

type NumberField<Row> = { [Field in keyof Row]: Row[Field] extends number ? Field : never }[keyof Row];

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? Number.NaN)) / 2 : upper;
}

function ratiosOf(rows: readonly Measurement[], field: "cpuMicros" | "rate"): RatioByRival {
  const figure = (name: ContenderName): number | undefined =>
    rows.find((row) => row.contender === name && row.inFlight === ratioInFlight)?.[field];
  const ratioTo = (name: ContenderName): number | null => {
    const [ours, theirs] = [figure(ourName), figure(name)];
    return ours === undefined || theirs === undefined ? null : ours / theirs;
  };
  return { floor: ratioTo("floor"), grpcJs: ratioTo("grpcJs"), moleculer: ratioTo("moleculer") };
}

function verdict(ratio: number | null, most: number): string {
  if (ratio === null) return "–";
  return ratio <= most ? "reached" : "missed";
}

function inWords(ratio: number | null): string {
  return ratio === null ? "–" : `${ratio.toFixed(3)}x`;
}

/** The first column to the left, figures to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}
