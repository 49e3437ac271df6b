import type { Application } from "./application.js";

const signals = ["SIGTERM", "SIGINT"] as const;

/**
 * Closes the application when the process is asked to end: the first signal drains and then exits with 0; a second one does
 * not wait.
 */
export function closeOnSignals(application: Application): void {
  const received = (signal: (typeof signals)[number]): void => {
    for (const each of signals) process.off(each, received).once(each, () => process.exit(exitCodes[each]));
    application.log("info", `${signal}: leaving`);
    application.close().then(
      () => exitWhenWritten(0),
      (thrown: unknown) => {
        application.log("error", "could not leave in order", { why: String(thrown) });
        exitWhenWritten(1);
      },
    );
  };
  for (const signal of signals) process.once(signal, received);
}

/** As a shell reports a process that the signal ended. */
const exitCodes = { SIGTERM: 143, SIGINT: 130 } as const;

/** What was printed last, the receipt, should still arrive where standard error is a pipe. */
function exitWhenWritten(code: number): void {
  process.stderr.write("", () => process.exit(code));
}
