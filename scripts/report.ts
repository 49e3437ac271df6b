import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Something a check refuses, where it stands, and what to do about it. */
export interface Finding {
  /** `path` or `path:line`, relative to the root. */
  readonly place: string;
  readonly message: string;
}

/** What a check found, and a line that says how much it looked at. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  readonly summary: string;
}

/** The root of the repository that this script belongs to. */
export const repositoryRoot = fileURLToPath(new URL("..", import.meta.url));

export function isMain(moduleUrl: string): boolean {
  return process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(moduleUrl);
}

/** Prints the findings, then the summary; the exit code says whether there were any. */
export function report({ findings, summary }: CheckResult): void {
  for (const { place, message } of findings) console.error(`${place}: ${message}`);
  console.log(findings.length === 0 ? summary : `${summary}\n${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
