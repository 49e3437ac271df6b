import { describe, expect, it } from "vitest";
import { Latencies } from "../src/latencies.js";
import type { Measurement } from "../src/measure.js";
import { reportInWords, reportOf } from "../src/report.js";

function measurement(
  contender: Measurement["contender"],
  inFlight: number,
  cpuMicros: number,
  rate: number,
): Measurement {
  return { contender, inFlight, cpuMicros, rate, p50Ms: 1, p99Ms: 2 };
}

describe("a report", () => {
  it("has the median of the rounds, each figure by itself", () => {
    const { rows } = reportOf([
      measurement("floor", 64, 5, 100),
      measurement("floor", 64, 3, 900),
      measurement("floor", 64, 4, 200),
      measurement("floor", 1, 50, 10),
      measurement("floor", 1, 60, 20),
    ]);
    expect(rows).toEqual([measurement("floor", 64, 4, 200), measurement("floor", 1, 55, 15)]);
  });

  it("PERF-1.1 divides ours by theirs, at 64 in flight", () => {
    const { ratios } = reportOf([
      measurement("floor", 64, 4, 300),
      measurement("floor", 256, 1, 1),
      measurement("grpcJs", 64, 120, 10),
      measurement("skylarkRpc", 64, 1, 1),
      measurement("skylark", 64, 6, 200),
      measurement("skylark", 256, 1, 1),
    ]);
    expect(ratios).toEqual({
      cpu: { floor: 1.5, grpcJs: 0.05, moleculer: null },
      rate: { floor: 200 / 300, grpcJs: 20, moleculer: null },
    });
  });

  it("reads well", () => {
    const report = reportOf([measurement("floor", 64, 4, 300_123.4), measurement("skylark", 64, 6, 200_000)]);
    const text = reportInWords(report, { node: "20.0.0" });
    expect(text).toContain("floor             64  300,123   1.000   2.000         4.00");
    expect(text).toMatch(/^CPU\s+1\.500x\s+–\s+–$/m);
    expect(text).toContain("node 20.0.0");
  });
});

describe("latencies", () => {
  it("give quantiles by the nearest rank, however many there are", () => {
    const latencies = new Latencies();
    expect(latencies.quantile(0.5)).toBeNaN();
    for (let ms = 100_000; ms > 0; ms--) latencies.add(ms);
    expect([0, 0.5, 0.99, 1].map((share) => latencies.quantile(share))).toEqual([1, 50_000, 99_000, 100_000]);
  });
});
