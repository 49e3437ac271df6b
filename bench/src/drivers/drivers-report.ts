import { aligned, mediansOf } from "../report.js";
import { type Layer, type OperationName, operationNames } from "./driver-load.js";
import type { DriverMeasurement } from "./measure-drivers.js";

/** COORD-10.3: the driver's rate divided by that of the engine's client alone. */
const bar = 0.8;

export interface DriverRatio {
  readonly engine: DriverMeasurement["engine"];
  readonly operation: OperationName;
  readonly dividedBy: Exclude<Layer, "driver">;
  readonly rate: number;
  readonly cpu: number;
}

export interface DriversReport {
  readonly ratios: readonly DriverRatio[];
  /** One for each operation of each layer: the medians of its rounds. */
  readonly rows: readonly DriverMeasurement[];
}

const figures = ["rate", "p50Ms", "p99Ms", "cpuMicros"] as const;

export function driversReportOf(measurements: readonly DriverMeasurement[]): DriversReport {
  const rows = mediansOf(measurements, (row) => `${row.engine} ${row.operation} ${row.layer}`, figures);
  const engines = [...new Set(rows.map(({ engine }) => engine))];
  const ratios = engines.flatMap((engine) =>
    operationNames.flatMap((operation): DriverRatio[] => {
      const of = (layer: Layer): DriverMeasurement | undefined =>
        rows.find((row) => row.engine === engine && row.operation === operation && row.layer === layer);
      const driver = of("driver");
      return (["raw", "sameRequest"] as const).flatMap((dividedBy): DriverRatio[] => {
        const by = of(dividedBy);
        if (!driver || !by) return [];
        return [{ engine, operation, dividedBy, rate: driver.rate / by.rate, cpu: driver.cpuMicros / by.cpuMicros }];
      });
    }),
  );
  return { ratios, rows };
}

export function driversInWords({ ratios, rows }: DriversReport): string {
  return [
    "64 in flight",
    aligned([
      ["engine", "members", "operation", "by", "calls/s", "p50 ms", "p99 ms", "client's CPU µs/call"],
      ...rows.map(({ engine, members, operation, layer, rate, p50Ms, p99Ms, cpuMicros }) => [
        engine,
        String(members),
        operation,
        named(layer),
        Math.round(rate).toLocaleString("en-US"),
        p50Ms.toFixed(2),
        p99Ms.toFixed(2),
        cpuMicros.toFixed(1),
      ]),
    ]),
    "the driver, divided by the engine's client alone",
    aligned([
      ["engine", "operation", "divided by", "rate", "at least", "", "CPU"],
      ...ratios.map(({ engine, operation, dividedBy, rate, cpu }) => [
        engine,
        operation,
        named(dividedBy),
        `${rate.toFixed(2)}x`,
        ...(dividedBy === "raw" ? [`${bar.toFixed(2)}x`, rate >= bar ? "reached" : "missed"] : ["", ""]),
        `${cpu.toFixed(2)}x`,
      ]),
    ]),
  ].join("\n\n");
}

function named(layer: Layer): string {
  return layer === "sameRequest" ? "raw, same request" : layer;
}
