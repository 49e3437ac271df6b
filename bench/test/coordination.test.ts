import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { suites } from "../src/contenders.js";
import { coordinationInWords, coordinationReportOf } from "../src/coordination-report.js";
import { inFlightLevels, type Measurement } from "../src/measure.js";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

function measurement(contender: Measurement["contender"], rate: number, cpuMicros: number): Measurement {
  return { contender, inFlight: 64, rate, cpuMicros, p50Ms: 1, p99Ms: 2 };
}

describe("a report of the store", () => {
  it("divides reads by writes, and writes by the floor's", () => {
    const report = coordinationReportOf([
      measurement("durableFloor", 40_000, 10),
      measurement("storeWrites", 20_000, 25),
      measurement("storeReads", 50_000, 8),
    ]);
    expect(report).toMatchObject({
      writesPerSecond: 20_000,
      readsToWrites: 2.5,
      writesToFloor: { rate: 0.5, cpu: 2.5 },
    });
    const text = coordinationInWords(report, { node: "20.0.0" });
    expect(text).toMatch(/^writes\/s +20,000 +10,000 +reached$/m);
    expect(text).toMatch(/^reads to writes +2\.50x +3\.00x +missed$/m);
  });
});

describe("npm run bench -- coordination", () => {
  it("prints one row for each contender at each level", async () => {
    const args = ["--import", import.meta.resolve("tsx"), cli, "coordination", "--quick", "--json"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const figure = expect.any(Number);
    const figures = { rate: figure, p50Ms: figure, p99Ms: figure, cpuMicros: figure };
    expect(JSON.parse(stdout)).toEqual({
      writesPerSecond: figure,
      readsToWrites: figure,
      writesToFloor: { cpu: figure, rate: figure },
      rows: suites.coordination.flatMap((contender) =>
        inFlightLevels.map((inFlight) => ({ contender, inFlight, ...figures })),
      ),
    });
  });
});
