import { aligned, mediansOf } from "../report.js";
import type { InstancesMeasurement } from "./measure-instances.js";

export interface InstancesReport {
  /** One for each consumer of each engine: the medians of its rounds. */
  readonly rows: readonly InstancesMeasurement[];
}

export function instancesReportOf(measurements: readonly InstancesMeasurement[]): InstancesReport {
  const figures = ["openedMs", "fullMs", "changeP50Ms", "changeMostMs", "residentBytes", "heapBytes"] as const;
  return { rows: mediansOf(measurements, ({ engine, taker }) => `${engine} ${taker}`, figures) };
}

export function instancesInWords({ rows }: InstancesReport): string {
  const ms = (value: number): string => value.toFixed(1);
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  return aligned([
    [
      "engine",
      "members",
      "instances",
      "taken in by",
      "session ms",
      "all ms",
      "change p50 ms",
      "most ms",
      "resident MiB",
      "heap MiB",
    ],
    ...rows.map((row) => [
      row.engine,
      String(row.members),
      row.instances.toLocaleString("en-US"),
      row.taker,
      ms(row.openedMs),
      ms(row.fullMs),
      ms(row.changeP50Ms),
      ms(row.changeMostMs),
      mebibytes(row.residentBytes),
      mebibytes(row.heapBytes),
    ]),
  ]);
}
