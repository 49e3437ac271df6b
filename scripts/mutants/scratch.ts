import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readReport } from "../ok/counts.js";
import { listFiles } from "../source-tree.js";

/** How long one run of tests may take; a bug that makes them hang is noticed by that. */
const runMsMax = 5 * 60_000;

export type TestsOutcome =
  | { readonly kind: "passed"; readonly tests: number }
  | { readonly kind: "failed"; readonly tests: number }
  | { readonly kind: "hung" }
  /** It did not come as far as a test. */
  | { readonly kind: "broken"; readonly output: string };

/** A copy of the written files, with the installed packages of the original but sources of its own. */
export class Scratch implements Disposable {
  readonly folder: string;

  constructor(root: string) {
    this.folder = mkdtempSync(join(tmpdir(), "skylark-mutants-"));
    for (const path of listFiles(root)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      cpSync(join(root, path), join(this.folder, path));
    }
    linkPackages(join(root, "node_modules"), join(this.folder, "node_modules"));
    for (const parent of ["packages", "examples"].filter((name) => existsSync(join(root, name)))) {
      for (const name of readdirSync(join(root, parent))) {
        const installed = join(root, parent, name, "node_modules");
        if (existsSync(installed)) linkPackages(installed, join(this.folder, parent, name, "node_modules"));
      }
    }
  }

  /** Whether the patch changed the copy; else nothing was changed. */
  apply(patchPath: string): { readonly applied: boolean; readonly output: string } {
    return this.#patch(["apply", "--verbose", patchPath]);
  }

  applies(patchPath: string): { readonly applied: boolean; readonly output: string } {
    return this.#patch(["apply", "--check", patchPath]);
  }

  revert(patchPath: string): void {
    const { applied, output } = this.#patch(["apply", "--reverse", patchPath]);
    if (!applied) throw new Error(`${patchPath} could not be taken back: ${output}`);
  }

  /** Runs test files, those of built programs after a build. */
  runTests(files: readonly string[]): TestsOutcome {
    const ofBuild = files.filter((file) => /^(e2e|examples|bench)\//.test(file));
    const ofSource = files.filter((file) => !ofBuild.includes(file));
    if (ofBuild.length > 0) {
      const build = this.#run("tsc", ["-b"]);
      if (build.status !== 0) return { kind: "broken", output: build.output };
    }
    const outcomes = [
      ...(ofSource.length > 0 ? [this.#runVitest(ofSource)] : []),
      ...(ofBuild.length > 0 ? [this.#runVitest(["--config", "vitest.e2e.config.ts", ...ofBuild])] : []),
    ];
    const worst = outcomes.find(({ kind }) => kind !== "passed") ?? outcomes[0];
    return worst ?? { kind: "broken", output: "no test file is named" };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #runVitest(args: readonly string[]): TestsOutcome {
    const reportPath = join(this.folder, "node_modules/.mutants-report.json");
    rmSync(reportPath, { force: true });
    const ended = this.#run("vitest", ["run", "--reporter=json", `--outputFile.json=${reportPath}`, ...args]);
    if (ended.hung) return { kind: "hung" };
    if (!existsSync(reportPath)) return { kind: "broken", output: ended.output };
    const { tests } = readReport(reportPath);
    if (ended.status === 0) return { kind: "passed", tests: tests.passed };
    return tests.failed === 0 ? { kind: "broken", output: ended.output } : { kind: "failed", tests: tests.failed };
  }

  #patch(args: readonly string[]): { applied: boolean; output: string } {
    const { status, stderr } = spawnSync("git", args, { cwd: this.folder, encoding: "utf8" });
    return { applied: status === 0, output: stderr };
  }

  #run(command: string, args: readonly string[]): { status: number | null; hung: boolean; output: string } {
    const path = join(this.folder, "node_modules/.bin", command);
    const ended = spawnSync(path, args, {
      cwd: this.folder,
      encoding: "utf8",
      timeout: runMsMax,
      env: { ...process.env, CI: "1" },
    });
    const hung = ended.error !== undefined && "code" in ended.error && ended.error.code === "ETIMEDOUT";
    return { status: ended.status, hung, output: `${ended.stdout}${ended.stderr}` };
  }
}

/**
 * Links what is installed. Workspace packages are relative links already; copied as they are, they lead to the sources of
 * the copy.
 */
function linkPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name.startsWith(".") && entry.name !== ".bin") continue;
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(join(from, entry.name)), join(to, entry.name));
    else if (entry.name.startsWith("@")) linkPackages(join(from, entry.name), join(to, entry.name));
    else symlinkSync(join(from, entry.name), join(to, entry.name));
  }
}
