import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, readMutants } from "./mutants/mutant.js";
import { Scratch, type TestsOutcome } from "./mutants/scratch.js";
import { repositoryRoot } from "./report.js";

/**
 * `npm run mutants [-- names…] [--check]`: plants each bug of `mutants/` in a copy of the repository and runs the tests
 * that are to notice it. `--check` only looks whether the patches still fit.
 */
type Verdict = "caught" | "SURVIVED" | "ERROR" | "fits";

interface Line {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly remark: string;
}

function check(scratch: Scratch, mutant: Mutant): Line {
  const missing = mutant.caughtBy.filter((file) => !existsSync(join(scratch.folder, file)));
  if (missing.length > 0) return { mutant, verdict: "ERROR", remark: `no ${missing.join(", ")}` };
  const { applied, output } = scratch.applies(mutant.patchPath);
  if (!applied) return { mutant, verdict: "ERROR", remark: `the patch does not fit: ${output.trim()}` };
  return { mutant, verdict: "fits", remark: mutant.what };
}

function plant(scratch: Scratch, mutant: Mutant): Line {
  const checked = check(scratch, mutant);
  if (checked.verdict !== "fits") return checked;
  scratch.apply(mutant.patchPath);
  const line = judge(mutant, scratch.runTests(mutant.caughtBy));
  scratch.revert(mutant.patchPath);
  return line;
}

function judge(mutant: Mutant, outcome: TestsOutcome): Line {
  switch (outcome.kind) {
    case "passed":
      return { mutant, verdict: "SURVIVED", remark: `${outcome.tests} tests passed all the same: ${mutant.what}` };
    case "failed":
      return { mutant, verdict: "caught", remark: `${outcome.tests} failed: ${mutant.what}` };
    case "hung":
      return { mutant, verdict: "caught", remark: `the tests hung: ${mutant.what}` };
    case "broken":
      return { mutant, verdict: "ERROR", remark: `no test ran:\n${outcome.output}` };
  }
}

/** Without this, a test that always fails would catch everything. */
function provePassing(scratch: Scratch, mutants: readonly Mutant[]): void {
  const files = [...new Set(mutants.flatMap(({ caughtBy }) => caughtBy))].filter((file) =>
    existsSync(join(scratch.folder, file)),
  );
  if (files.length === 0) return;
  console.log(`unpatched: ${files.join(" ")}`);
  const outcome = scratch.runTests(files);
  if (outcome.kind === "passed") console.log(`           ${outcome.tests} tests passed\n`);
  else throw new Error(`without any bug planted the tests do not pass: ${JSON.stringify(outcome, undefined, 2)}`);
}

const words = process.argv.slice(2);
const onlyCheck = words.includes("--check");
const names = words.filter((word) => word !== "--check");
const mutants = readMutants(repositoryRoot).filter(({ name }) => names.length === 0 || names.includes(name));
if (mutants.length < names.length) throw new Error(`not every one of ${names.join(", ")} is in mutants/`);

const lines: Line[] = [];
{
  using scratch = new Scratch(repositoryRoot);
  if (!onlyCheck) provePassing(scratch, mutants);
  for (const mutant of mutants) {
    const line = onlyCheck ? check(scratch, mutant) : plant(scratch, mutant);
    console.log(`${line.verdict.padEnd(9)} ${mutant.name.padEnd(36)} ${line.remark}`);
    lines.push(line);
  }
}
const good = lines.filter(({ verdict }) => verdict === "caught" || verdict === "fits").length;
console.log(`${good} of ${lines.length} planted bugs ${onlyCheck ? "still fit" : "caught"}`);
process.exitCode = good === lines.length ? 0 : 1;
