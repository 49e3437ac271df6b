import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

/**
 * `npm run e2e -- [names…] [--full]`: builds, then runs the end-to-end tests whose file names hold one of the names.
 * `--full` runs the counts that a release asks for; without it a short form that fits every change.
 */
const { values, positionals } = parseArgs({
  options: { full: { type: "boolean", default: false } },
  allowPositionals: true,
});
const env = values.full ? { ...process.env, SKYLARK_FULL: "1" } : process.env;

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

run("tsc", ["-b"]);
run("vitest", ["run", "--config", "vitest.e2e.config.ts", ...positionals]);
