import { once } from "node:events";
import type { Application } from "skylark";
import type { SupervisedPart } from "./supervised-part.js";

/** Where each part is reached, by its name. */
export type Addresses = ReadonlyMap<string, string>;

export interface LauncherOptions {
  /** Opened before all parts and closed after them: so this process hosts the embedded store, unless another did already. */
  readonly application: Application;
  /** In the order of their start. */
  readonly parts: readonly SupervisedPart[];
  /** Called when all parts are ready. */
  readonly opened: (addresses: Addresses) => Promise<void>;
  readonly say: (words: string) => void;
}

/** As a shell reports a process that a signal ended. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Starts the parts one after another, keeps them running, and ends them in reverse order when asked. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #asked = new AbortController();

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  /** Runs until a signal asks it to end; a second signal does not wait. Answers with the exit code. */
  async run(): Promise<number> {
    this.#hearSignals();
    let failed = false;
    try {
      await this.#start();
      await Promise.race([this.#untilAsked(), this.#untilAllDown()]);
    } catch (thrown) {
      failed = !this.#asked.signal.aborted;
      if (failed) this.#options.say(thrown instanceof Error ? thrown.message : String(thrown));
    }
    const orderly = await this.#leave();
    return orderly && !failed ? 0 : 1;
  }

  async #start(): Promise<void> {
    const { application, parts, opened, say } = this.#options;
    await application.coordination();
    const addresses = new Map<string, string>();
    for (const part of parts) {
      this.#asked.signal.throwIfAborted();
      const address = await part.start();
      addresses.set(part.name, address);
      say(`${part.name} is ready: ${address}, process ${part.pid}`);
    }
    await opened(addresses);
  }

  async #untilAsked(): Promise<void> {
    if (!this.#asked.signal.aborted) await once(this.#asked.signal, "abort");
  }

  async #untilAllDown(): Promise<void> {
    await Promise.all(this.#options.parts.map(({ down }) => down));
    throw new Error("nothing runs any more");
  }

  /** Whoever was started last leaves first: nobody loses what it calls before it has left. The store goes after all. */
  async #leave(): Promise<boolean> {
    const { application, parts, say } = this.#options;
    let orderly = true;
    for (const part of parts.toReversed()) {
      if (part.pid !== undefined) say(`${part.name} is asked to leave`);
      orderly = (await part.stop()) && orderly;
    }
    await application.close();
    say("everything has ended, the store last");
    return orderly;
  }

  #hearSignals(): void {
    for (const signal of signals) {
      process.on(signal, () => {
        if (this.#asked.signal.aborted) this.#endAtOnce(exitCodes[signal]);
        this.#options.say(`${signal}: ending in order; once more ends everything at once`);
        this.#asked.abort();
      });
    }
    process.stdout.on("error", () => this.#asked.abort()); // nobody reads what it says any more
  }

  #endAtOnce(exitCode: number): never {
    for (const part of this.#options.parts) part.kill();
    process.exit(exitCode);
  }
}
