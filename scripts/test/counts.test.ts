import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countsLine, countsOfStep, noCounts, readCounts } from "../ok/counts.js";
import { fixtureTree } from "./fixture-tree.js";

function report(files: readonly { status: string; tests: readonly string[] }[]): string {
  const statuses = files.flatMap(({ tests }) => tests);
  const root = fixtureTree({
    "report.json": JSON.stringify({
      numPassedTests: statuses.filter((status) => status === "passed").length,
      numFailedTests: statuses.filter((status) => status === "failed").length,
      numPendingTests: statuses.filter((status) => status === "pending").length,
      numTodoTests: 0,
      testResults: files.map(({ status, tests }) => ({
        status,
        assertionResults: tests.map((each) => ({ status: each })),
      })),
    }),
  });
  return join(root, "report.json");
}

describe("counts of a run", () => {
  it("are the tests that passed, failed and were skipped", () => {
    const path = report([
      { status: "passed", tests: ["passed", "passed", "pending"] },
      { status: "failed", tests: ["passed", "failed"] },
    ]);
    expect(readCounts(path)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });

  it("hold a failure for a file that broke before its tests", () => {
    const path = report([
      { status: "failed", tests: [] },
      { status: "passed", tests: ["passed"] },
    ]);
    expect(readCounts(path)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("hold one failure for a step that failed without a failing test", () => {
    expect(countsOfStep(false, noCounts).failed).toBe(1);
    expect(countsOfStep(false, { passed: 4, failed: 2, skipped: 0 }).failed).toBe(2);
    expect(countsOfStep(true, noCounts)).toEqual(noCounts);
  });

  it("are said in one line", () => {
    expect(countsLine({ passed: 12, failed: 0, skipped: 3 })).toBe("12 passed, 0 failed");
  });
});
