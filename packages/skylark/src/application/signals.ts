import type { Log } from "@skylark/core";

const signals = ["SIGTERM", "SIGINT"] as const;

/** As a shell reports a process that the signal ended. */
const exitCodes = { SIGTERM: 143, SIGINT: 130 } as const;

/** What is closed. */
export interface ClosedOnSignals {
  readonly log: Log;
  close(): Promise<unknown>;
}

/**
 * Closes the application when the process is asked to end: the first signal drains and then exits with 0; a second one does
 * not wait. Returns what leaves signals to others again.
 */
export function closeOnSignals(application: ClosedOnSignals): () => void {
  let asked = false;
  const received = (signal: (typeof signals)[number]): void => {
    if (asked) process.exit(exitCodes[signal]);
    asked = true;
    application.log("info", `${signal}: leaving`);
    application.close().then(
      () => exitWhenWritten(0),
      (thrown: unknown) => {
        application.log("error", "could not leave in order", { why: String(thrown) });
        exitWhenWritten(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, received);
  return () => {
    if (asked) return; // the process is about to end, and a second signal shall still end it at once
    for (const signal of signals) process.off(signal, received);
  };
}

/** What was printed last, the receipt, should still arrive where standard error is a pipe. */
function exitWhenWritten(code: number): void {
  process.stderr.once("error", () => process.exit(code)); // nobody reads it any more
  process.stderr.write("", () => process.exit(code));
}
