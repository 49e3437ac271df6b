import { readFileSync } from "node:fs";

/** Tests that ran, or steps that are no tests but failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
}

/** Reads vitest's JSON report. */
export function readReport(reportPath: string): { readonly tests: Counts; readonly brokenFiles: number } {
  const report = JSON.parse(readFileSync(reportPath, "utf8")) as VitestReport;
  const tests = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  return { tests, brokenFiles: brokenFiles.length };
}

/** A file that failed before any of its tests did counts as one that failed. */
export function readCounts(reportPath: string): Counts {
  const { tests, brokenFiles } = readReport(reportPath);
  return addCounts(tests, { ...noCounts, failed: brokenFiles });
}

/** What a step adds to the sum: its tests, and one failure where it failed without any of them failing. */
export function countsOfStep(succeeded: boolean, tests: Counts): Counts {
  return succeeded || tests.failed > 0 ? tests : addCounts(tests, { ...noCounts, failed: 1 });
}

/** The line that ends a run. */
export function countsLine({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}
