import type { EngineName } from "../engines/engine.js";
import { aligned, mediansOf } from "../report.js";
import type { ChangesMeasurement } from "./measure-changes.js";
import type { Side } from "./watched.js";

/** PERF-3.1: a change reaches the last consumer within so many times the raw engine's own watch latency, p99. */
const bar = 1.5;

/** The directory's latency divided by that of the raw watch, each from the beginning of the write to the last watcher. */
export interface ChangesRatio {
  readonly engine: EngineName;
  readonly p50: number;
  readonly p99: number;
  /** The same p99, both from the write's acknowledgement. */
  readonly ackedP99: number;
  /** The directory's p99 divided by that of the engine's bare notice that something changed. */
  readonly p99ToNotice: number;
  readonly cpu: number;
}

export interface ChangesReport {
  readonly ratios: readonly ChangesRatio[];
  /** One for each side of each engine: the medians of its rounds. */
  readonly rows: readonly ChangesMeasurement[];
}

const figures = [
  "p50Ms",
  "p99Ms",
  "ackedP50Ms",
  "ackedP99Ms",
  "noticedP50Ms",
  "noticedP99Ms",
  "cpuMicros",
] as const satisfies readonly (keyof ChangesMeasurement)[];

export function changesReportOf(measurements: readonly ChangesMeasurement[]): ChangesReport {
  const rows = mediansOf(measurements, ({ engine, side }) => `${engine} ${side}`, figures);
  const row = (engine: EngineName, side: Side): ChangesMeasurement | undefined =>
    rows.find((each) => each.engine === engine && each.side === side);
  const ratios = [...new Set(rows.map(({ engine }) => engine))].flatMap((engine): ChangesRatio[] => {
    const [ours, raw] = [row(engine, "directory"), row(engine, "raw")];
    if (!ours || !raw) return [];
    return [
      {
        engine,
        p50: ours.p50Ms / raw.p50Ms,
        p99: ours.p99Ms / raw.p99Ms,
        ackedP99: ours.ackedP99Ms / raw.ackedP99Ms,
        p99ToNotice: ours.p99Ms / raw.noticedP99Ms,
        cpu: ours.cpuMicros / raw.cpuMicros,
      },
    ];
  });
  return { ratios, rows };
}

export function changesInWords({ ratios, rows }: ChangesReport): string {
  const ms = (value: number): string => value.toFixed(1);
  const times = (value: number): string => `${value.toFixed(2)}x`;
  return [
    "milliseconds until the last watcher holds a change",
    aligned([
      ["engine", "members", "watched by", "p50", "p99", "acked p50", "acked p99", "notice p50", "notice p99", "CPU µs"],
      ...rows.map((row) => [row.engine, String(row.members), row.side, ...figures.map((figure) => ms(row[figure]))]),
    ]),
    "the directory, divided by the engine's own watch",
    aligned([
      ["engine", "p50", "p99", "at most", "", "acked p99", "p99 to bare notice", "CPU"],
      ...ratios.map(({ engine, p50, p99, ackedP99, p99ToNotice, cpu }) => [
        engine,
        times(p50),
        times(p99),
        times(bar),
        p99 <= bar ? "reached" : "missed",
        times(ackedP99),
        times(p99ToNotice),
        times(cpu),
      ]),
    ]),
  ].join("\n\n");
}
