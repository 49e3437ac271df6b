import { spawn } from "node:child_process";
import type { KeeperWord } from "../running-process.js";

/**
 * What `sky up` runs for a command, which cannot notice by itself that `sky` is no more: it starts the command as the leader
 * of a process group, passes the wish to end on to that group, and ends it when the channel to `sky` closes, however.
 */
const [command = "", ...args] = process.argv.slice(2);

/** How long the command may take to leave when `sky` was killed. */
const leaveMs = 10_000;

delete process.env["SKY_UP_CHILD"];
const child = spawn(command, args, { detached: true, stdio: ["ignore", "inherit", "inherit"] });

child.once("spawn", () => tell({ kind: "started", pid: child.pid as number }));
child.once("error", (error) => {
  if (child.pid !== undefined) return;
  console.error(error.message);
  process.exit(1);
});
child.once("exit", (code, signal) => {
  signalGroup("SIGKILL"); // what it started and left behind
  tell({ kind: "ended", ending: signal ?? code ?? 1 }, () => process.exit(code ?? 1));
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => signalGroup(signal));

process.once("disconnect", () => {
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), leaveMs);
});

function signalGroup(signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // nothing of the group is left
  }
}

function tell(word: KeeperWord, then: () => void = () => {}): void {
  if (process.connected) process.send?.(word, undefined, undefined, then);
  else then();
}
