import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { LaunchPlan, ProcessPlan } from "./system-plan.js";

/** Why a process cannot be started here at all; undefined where it can. */
export function whyMissing({ launch }: Pick<ProcessPlan, "launch">, path: string): string | undefined {
  if (!isFolder(launch.cwd)) return `its folder ${launch.cwd} is not there`;
  if (launch.kind === "module") return existsSync(launch.path) ? undefined : `there is no ${launch.path}: is it built?`;
  return isInstalled(launch, path) ? undefined : `the command ${launch.command} is not installed`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isInstalled({ command, env }: LaunchPlan & { kind: "command" }, path: string): boolean {
  if (command.includes("/")) return isExecutable(command);
  return (env["PATH"] ?? path).split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
