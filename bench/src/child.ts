import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const answerWithinMs = 120_000;

export interface ChildOptions {
  /** A module beside this one. */
  readonly script: string;
  readonly args: readonly string[];
  /** What failures call it. */
  readonly title: string;
  /** For Node, beside what a script needs in any case. */
  readonly execArgv?: readonly string[];
}

/**
 * A process of its own, seen from the one that measures: it is told something, and answers, one answer at a time. Whoever
 * starts it disposes it.
 */
export class Child<Request extends object, Answer extends { readonly kind: string }> implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #title: string;

  constructor({ script, args, title, execArgv = [] }: ChildOptions) {
    this.#title = title;
    this.#process = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
      execArgv: ["--import", import.meta.resolve("tsx"), ...execArgv],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  }

  send(request: Request): void {
    this.#process.send(request);
  }

  /** The next answer. Fails where it is another than expected, late, or where the process ends before. */
  answer<K extends Answer["kind"]>(kind: K): Promise<Extract<Answer, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(patience);
        this.#process.off("message", onMessage);
        this.#process.off("exit", onExit);
        end();
      };
      const fail = (why: string): void => settle(() => reject(new Error(`the ${this.#title} ${why}`)));
      const onMessage = (message: unknown): void => {
        const answer = message as Answer;
        if (answer.kind === kind) settle(() => resolve(answer as Extract<Answer, { kind: K }>));
        else fail(`answered "${answer.kind}" where "${kind}" was expected`);
      };
      const onExit = (code: number | null): void => fail(`ended with ${code} before its answer`);
      const patience = setTimeout(() => fail(`has not said "${kind}" within ${answerWithinMs} ms`), answerWithinMs);
      this.#process.on("message", onMessage);
      this.#process.on("exit", onExit);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    if (this.#process.connected) this.#process.disconnect();
    const patience = setTimeout(() => this.#process.kill("SIGKILL"), 2000);
    await exited;
    clearTimeout(patience);
  }
}

/** User and system time of this process, in microseconds, all its threads included. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Milliseconds of the machine's monotonic clock: the same one in every process of it. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
