import { type Deferred, deferred } from "@skylark/core/internal";
import type { Ending, PassOn } from "../../src/up/running-process.js";
import type { Launched } from "../../src/up/supervised-process.js";

/** A process that does what its test says. */
export class TestProcess implements Launched {
  readonly pid: number;
  readonly isKept = false;
  readonly startedAt = 0;
  readonly begun = Promise.resolve();
  readonly #told: Deferred<string> = deferred();
  readonly #ended: Deferred<Ending> = deferred();
  readonly #passOn: PassOn;
  /** What was asked of it. */
  readonly asked: ("ask" | "kill")[] = [];
  #onAsk: Ending | undefined = 0;

  constructor(pid: number, passOn: PassOn) {
    this.pid = pid;
    this.#passOn = passOn;
  }

  get told(): Promise<string> {
    return this.#told.promise;
  }

  get ended(): Promise<Ending> {
    return this.#ended.promise;
  }

  says(line: string): void {
    this.#passOn(line);
  }

  isReady(address = "here"): void {
    this.#told.resolve(address);
  }

  ends(ending: Ending): void {
    this.#ended.resolve(ending);
  }

  /** It does not leave when asked. */
  isDeaf(): void {
    this.#onAsk = undefined;
  }

  /** How it leaves when asked. Default: with 0. */
  leavesWith(ending: Ending): void {
    this.#onAsk = ending;
  }

  ask(): void {
    this.asked.push("ask");
    if (this.#onAsk !== undefined) this.ends(this.#onAsk);
  }

  kill(): void {
    this.asked.push("kill");
    this.ends("SIGKILL");
  }
}

/** All that is under way has been done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
