import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { suites } from "../src/contenders.js";
import { inFlightLevels } from "../src/measure.js";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

async function bench(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ["--import", import.meta.resolve("tsx"), cli, ...args]);
}

describe("PERF-1.1 npm run bench -- rpc", () => {
  it("prints ratios and one row for each contender at each level, and with --json nothing else", async () => {
    const { stdout } = await bench("rpc", "--quick", "--json");
    const figure = expect.any(Number);
    const byRival = { floor: figure, grpcJs: figure, moleculer: figure };
    const figures = { rate: figure, p50Ms: figure, p99Ms: figure, cpuMicros: figure };
    expect(JSON.parse(stdout)).toEqual({
      ratios: { cpu: byRival, rate: byRival },
      rows: suites.rpc.flatMap((contender) => inFlightLevels.map((inFlight) => ({ contender, inFlight, ...figures }))),
    });
  });

  it("refuses what it does not know", async () => {
    await expect(bench("grpc")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("rpc") });
    await expect(bench("rpc", "--only", "dubbo")).rejects.toMatchObject({ code: 2 });
    await expect(bench("rpc", "--rounds", "0")).rejects.toMatchObject({ code: 2 });
  });
});
