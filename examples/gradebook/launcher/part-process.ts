import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { PartReady } from "../part.js";

/** How a process ended: its exit code, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

/**
 * One process of a part, in a process group of its own: the terminal's Ctrl-C reaches the launcher alone, which then ends
 * the parts in order. It notices by itself when the launcher is no more, by the channel between the two.
 */
export class PartProcess {
  /** Where it is reached, once it says that it is ready; fails where it ends before. */
  readonly ready: Promise<string>;
  /** Settles when the process has ended and its last line has been passed on. */
  readonly ended: Promise<Ending>;
  readonly startedAt = performance.now();
  readonly #child: ChildProcess;

  constructor(script: string, passOn: (line: string) => void) {
    const child = fork(script, { detached: true, execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", passOn);
    }
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve(signal ?? code ?? 1));
      child.once("error", (error) => {
        passOn(error.message);
        if (child.pid === undefined) resolve(1); // it never was
      });
    });
    this.ready = new Promise((resolve, reject) => {
      child.once("message", (word: PartReady) => resolve(word.ready));
      void this.ended.then((ending) => reject(new Error(`ended ${endingText(ending)} before it was ready`)));
    });
    this.ready.catch(() => {}); // whoever waits for it hears of it; nobody has to
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks it to leave; it drains, and says so. */
  ask(): void {
    this.#child.kill("SIGTERM");
  }

  /** Ends its whole group at once. */
  kill(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown; // nothing of it is left
    }
  }
}

export function endingText(ending: Ending): string {
  return typeof ending === "number" ? `with exit code ${ending}` : `by ${ending}`;
}
