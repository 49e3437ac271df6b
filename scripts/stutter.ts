import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * `npm run stutter -- [--longest 250] <command…>`: runs a command and meanwhile stops one of its processes after another for
 * a moment (SIGSTOP, SIGCONT), as a machine does that has other work. A test that fails under it expects an order that nobody
 * promised. Linux only. Not for tests that stop processes themselves: their processes would be woken early.
 */
const given = process.argv.slice(2);
const isLongestGiven = given[0] === "--longest";
const longestMs = isLongestGiven ? Number(given[1]) : 250;
// what follows is the command's own, options included
const [command, ...args] = given.slice(isLongestGiven ? 2 : 0);
if (command === undefined || !(longestMs > 0)) {
  console.error("npm run stutter -- [--longest <ms>] <command…>");
  process.exit(2);
}

interface Running {
  readonly pid: number;
  readonly parent: number;
}

/** Fields 1 and 4 of `/proc/<pid>/stat`; the name between them may hold spaces and brackets. */
function runningOf(pid: string): Running | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "T" || state === "Z" ? undefined : { pid: Number(pid), parent: Number(parent) };
  } catch {
    return undefined; // it ended meanwhile
  }
}

function descendantsOf(root: number): number[] {
  const running = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => runningOf(pid) ?? []);
  const below = (parent: number): number[] =>
    running.filter((each) => each.parent === parent).flatMap(({ pid }) => [pid, ...below(pid)]);
  return [root, ...below(root)];
}

function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended meanwhile
  }
}

const child = spawn(command, args, { stdio: "inherit" });
const stopped = new Set<number>();
let stops = 0;

function stopOne(): void {
  const all = descendantsOf(child.pid ?? 0);
  const pid = all[Math.floor(Math.random() * all.length)];
  if (pid !== undefined) {
    stops += 1;
    stopped.add(pid);
    signal(pid, "SIGSTOP");
    setTimeout(() => {
      stopped.delete(pid);
      signal(pid, "SIGCONT");
    }, Math.random() * longestMs);
  }
  setTimeout(stopOne, (Math.random() * longestMs) / 2).unref();
}

child.once("spawn", stopOne);
child.once("error", ({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
child.once("exit", (status) => {
  for (const pid of stopped) signal(pid, "SIGCONT");
  console.log(`stopped one of its processes ${stops} times, for ${longestMs} ms at most`);
  process.exit(status ?? 1);
});
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => child.kill(name));
