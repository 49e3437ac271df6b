import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ClauseProof, clauseProofs, clauseTable } from "./conformance/clause-table.js";
import { repositoryRoot } from "./report.js";

/**
 * `npm run conformance [-- --json]`: the vectors of the call protocol against TypeScript, then against Python with live
 * conversations both ways, then the table of the protocol's clauses with what shows each. Fails when a part fails or cannot run.
 */
interface Part {
  readonly name: string;
  readonly config: readonly string[];
  /** A program that must be on the path; without it the part cannot run, and counts as failed. */
  readonly needs?: string;
}

interface Outcome {
  readonly name: string;
  readonly state: "passed" | "failed" | "not run";
  readonly passed: number;
  readonly failed: number;
  readonly why: string;
}

const parts: readonly Part[] = [
  { name: "vectors, TypeScript", config: ["--project", "unit", "packages/rpc/test/conformance"] },
  {
    name: "vectors, Python; Python and TypeScript, live",
    config: ["--config", "vitest.e2e.config.ts", "e2e/python.test.ts"],
    needs: "python3",
  },
];

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const reportPath = join(repositoryRoot, "node_modules/.cache/conformance.json");

function tool(command: string, args: readonly string[]): { readonly succeeded: boolean; readonly output: string } {
  const path = join(repositoryRoot, "node_modules/.bin", command);
  const { status, stdout, stderr } = spawnSync(path, args, { cwd: repositoryRoot, encoding: "utf8" });
  return { succeeded: status === 0, output: `${stdout}${stderr}` };
}

function played({ name, config, needs }: Part): Outcome {
  if (needs !== undefined && spawnSync(needs, ["--version"]).status !== 0) {
    const why = `${needs} is absent: apt-get install ${needs}`;
    return { name, state: "not run", passed: 0, failed: 0, why };
  }
  rmSync(reportPath, { force: true });
  const { succeeded, output } = tool("vitest", ["run", ...config, "--reporter=json", `--outputFile=${reportPath}`]);
  if (!existsSync(reportPath)) return { name, state: "failed", passed: 0, failed: 0, why: output };
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(reportPath, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  return { name, state: succeeded ? "passed" : "failed", passed, failed, why: succeeded ? "" : output };
}

function print(outcomes: readonly Outcome[], proofs: readonly ClauseProof[]): void {
  console.log(clauseTable(proofs));
  for (const { name, state, passed, failed, why } of outcomes) {
    console.log(`${name}: ${state}, ${passed} tests passed, ${failed} failed`);
    if (why !== "") console.log(why);
  }
}

const { succeeded: isBuilt, output } = tool("tsc", ["-b"]); // the live part runs what is built
if (!isBuilt) console.error(output);
const outcomes = isBuilt ? parts.map(played) : [];
const proofs = clauseProofs(repositoryRoot);
if (options.json) console.log(JSON.stringify({ outcomes, clauses: proofs }, undefined, 2));
else print(outcomes, proofs);
const isWhole = isBuilt && outcomes.every(({ state }) => state === "passed");
process.exitCode = isWhole ? 0 : 1;
