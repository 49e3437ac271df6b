import { isMainThread } from "node:worker_threads";

/**
 * Loaded into every module that `sky up` runs, before it: has the process leave in order when `sky` is no more, however it
 * ended, so that nobody is left to run for nobody. A module that listens for "disconnect" itself does that in its own way.
 */
const isOurs = isMainThread && process.env["SKY_UP_CHILD"] === "module" && process.channel !== undefined;
delete process.env["SKY_UP_CHILD"]; // those that it starts have it for their parent, and not sky

/** Longer than a drain may take. */
const leaveMs = 40_000;

if (isOurs) {
  // nobody reads what a process says whose supervisor was killed: no reason to fall over that
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.once("disconnect", leave);
  process.channel?.unref(); // to listen is no reason to live on
}

function leave(): void {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), leaveMs).unref();
  if (process.listenerCount("disconnect") === 0) process.kill(process.pid, "SIGTERM");
}
