import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { HeavyContender } from "../src/threads/heavy-contenders.js";
import { heavyInWords, heavyReportOf } from "../src/threads/heavy-report.js";
import type { HeavyMeasurement } from "../src/threads/measure-heavy.js";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

function measured(contender: HeavyContender, rate: number, delayP99Ms: number): HeavyMeasurement {
  return { contender, threads: 1, rate, delayP50Ms: 1, delayP99Ms, delayMostMs: delayP99Ms };
}

describe("npm run bench -- threads", () => {
  it("divides the delay inline by that on threads, and the rate of two by that of one", () => {
    const rounds = [measured("inline", 10, 200), measured("inline", 10, 900), measured("inline", 10, 100)];
    const report = heavyReportOf([...rounds, measured("spareCores", 10, 5), measured("oneThread", 10, 5)]);
    expect(report.ratios).toEqual({ delayP99: 40, rate: null });
    expect(heavyInWords(report)).toMatch(/40\.00x +20x +reached/);
  });

  it("prints both sides", async () => {
    const args = ["threads", "--quick", "--json", "--only", "inline,spareCores"];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--import", import.meta.resolve("tsx"), cli],
      ...args,
    ]);
    const figure: unknown = expect.any(Number);
    const report: unknown = JSON.parse(stdout);
    expect(report).toHaveProperty("ratios.delayP99");
    expect(report).toMatchObject({
      rows: ["inline", "spareCores"].map((contender) => ({ contender, rate: figure, delayP99Ms: figure })),
    });
  });
});
