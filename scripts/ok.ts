import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addCounts, type Counts, countsLine, countsOfStep, noCounts, readCounts } from "./ok/counts.js";
import { type Step, stepsFor } from "./ok/steps.js";
import { repositoryRoot } from "./report.js";

/** `npm run ok [-- names of steps…]`: everything that must hold, in order; goes on after a failure, to show all. */
const reports = join(repositoryRoot, "node_modules/.cache/ok");

interface Outcome {
  readonly name: string;
  readonly succeeded: boolean;
  readonly seconds: string;
  readonly counts: Counts;
  readonly remark: string;
}

async function runStep(step: Step): Promise<Outcome> {
  const started = performance.now();
  let succeeded = true;
  let output = "";
  let tests = noCounts;
  for (const [command, ...args] of step.commands) {
    const reportPath = join(reports, `${step.name}.json`);
    rmSync(reportPath, { force: true });
    const extra = step.tests
      ? ["--passWithNoTests", "--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`]
      : [];
    const ended = await run(command, [...args, ...extra], step.tests ?? false);
    output += ended.output;
    if (existsSync(reportPath)) tests = addCounts(tests, readCounts(reportPath));
    succeeded = ended.succeeded;
    if (!succeeded) break;
  }
  if (!succeeded) process.stdout.write(output);
  const remark = step.tests ? testsRemark(tests) : succeeded ? lastLine(output) : "";
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return { name: step.name, succeeded, seconds, counts: countsOfStep(succeeded, tests), remark };
}

/** Ends when the command has; a signal that ends this process reaches the command, which is in the same group. */
function run(command: string, args: readonly string[], live: boolean): Promise<{ succeeded: boolean; output: string }> {
  return new Promise((resolve) => {
    const path = join(repositoryRoot, "node_modules/.bin", command);
    const child = spawn(path, args, {
      cwd: repositoryRoot,
      stdio: ["ignore", live ? "inherit" : "pipe", live ? "inherit" : "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", ({ message }) => resolve({ succeeded: false, output: `${output}${message}\n` }));
    child.on("close", (code) => resolve({ succeeded: code === 0, output }));
  });
}

function testsRemark({ passed, failed, skipped }: Counts): string {
  return `${countsLine({ passed, failed, skipped })}${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1)?.trim() ?? "";
}

function line({ name, succeeded, seconds, remark }: Outcome): string {
  return `${succeeded ? "ok    " : "FAILED"} ${name.padEnd(13)}${seconds.padStart(6)} s  ${remark}`;
}

mkdirSync(reports, { recursive: true });
const outcomes: Outcome[] = [];
for (const step of stepsFor(process.argv.slice(2))) {
  const outcome = await runStep(step);
  outcomes.push(outcome);
  console.log(line(outcome));
}

const counts = outcomes.reduce((sum, outcome) => addCounts(sum, outcome.counts), noCounts);
writeFileSync(join(reports, "counts.json"), JSON.stringify(counts));
console.log(`\n${outcomes.map(line).join("\n")}\n${countsLine(counts)}`);
process.exitCode = outcomes.every(({ succeeded }) => succeeded) ? 0 : 1;
