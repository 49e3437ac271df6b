import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { changesInWords, changesReportOf } from "../src/changes/changes-report.js";
import type { ChangesMeasurement } from "../src/changes/measure-changes.js";
import type { Layer } from "../src/drivers/driver-load.js";
import { driversInWords, driversReportOf } from "../src/drivers/drivers-report.js";
import type { DriverMeasurement } from "../src/drivers/measure-drivers.js";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const figure: unknown = expect.any(Number);

async function bench(...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--import", import.meta.resolve("tsx"), cli],
    ...[...args, "--quick", "--json"],
  ]);
  return JSON.parse(stdout);
}

function change(side: "directory" | "raw", p99Ms: number): ChangesMeasurement {
  const half = { p50Ms: p99Ms / 2, ackedP50Ms: 1, ackedP99Ms: 1, noticedP50Ms: 1, noticedP99Ms: p99Ms / 2 };
  return { engine: "etcd", members: 1, side, p99Ms, ...half, cpuMicros: 30 };
}

function driven(layer: Layer, rate: number): DriverMeasurement {
  return { engine: "zookeeper", members: 1, operation: "set", layer, rate, p50Ms: 1, p99Ms: 2, cpuMicros: 10 };
}

describe("reports of the engines", () => {
  it("divide a directory's latency by the raw watch's, medians of the rounds", () => {
    const rounds = [change("directory", 20), change("directory", 90), change("directory", 28), change("raw", 20)];
    const report = changesReportOf(rounds);
    expect(report.ratios).toEqual([{ engine: "etcd", p50: 1.4, p99: 1.4, ackedP99: 1, p99ToNotice: 2.8, cpu: 1 }]);
    expect(changesInWords(report)).toMatch(/^etcd +1\.40x +1\.40x +1\.50x +reached /m);
  });

  it("divide a driver's rate by the raw client's, and by that of its own request, of which nothing is asked", () => {
    const report = driversReportOf([driven("driver", 70), driven("raw", 100), driven("sameRequest", 140)]);
    const of = { engine: "zookeeper", operation: "set", cpu: 1 };
    expect(report.ratios).toEqual([
      { ...of, dividedBy: "raw", rate: 0.7 },
      { ...of, dividedBy: "sameRequest", rate: 0.5 },
    ]);
    const words = driversInWords(report);
    expect(words).toMatch(/^zookeeper +set +raw +0\.70x +0\.80x +missed /m);
    expect(words).toMatch(/^zookeeper +set +raw, same request +0\.50x +1\.00x$/m);
  });
});

describe("npm run bench, of the engines", () => {
  it("changes: prints both sides of every engine and their ratios", async () => {
    expect(await bench("changes")).toMatchObject({
      ratios: ["embedded", "zookeeper", "etcd"].map((engine) => ({
        engine,
        p50: figure,
        p99: figure,
        ackedP99: figure,
        p99ToNotice: figure,
        cpu: figure,
      })),
      rows: ["embedded", "zookeeper", "etcd"].flatMap((engine) =>
        ["directory", "raw"].map((side) => ({ engine, members: 1, side, p99Ms: figure, cpuMicros: figure })),
      ),
    });
  });

  it("drivers: prints every operation by driver and by raw client", async () => {
    const operations = ["create", "set", "read", "freshRead"];
    expect(await bench("drivers", "--only", "etcd")).toMatchObject({
      ratios: operations.map((operation) => ({
        engine: "etcd",
        operation,
        dividedBy: "raw",
        rate: figure,
        cpu: figure,
      })),
      rows: operations.flatMap((operation) =>
        ["driver", "raw"].map((layer) => ({ engine: "etcd", operation, layer, rate: figure })),
      ),
    });
  });

  it("instances: prints what a directory and a raw client take", async () => {
    const figures = { fullMs: figure, changeP50Ms: figure, residentBytes: figure, heapBytes: figure };
    expect(await bench("instances", "--only", "embedded")).toMatchObject({
      rows: ["directory", "raw"].map((taker) => ({ engine: "embedded", instances: 70, taker, ...figures })),
    });
  });
});
