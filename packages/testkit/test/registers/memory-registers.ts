import type { Entry, Revision } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { type Random, randomIndex, seededRandom } from "@skylark/core/internal";
import type { RegisterStore } from "../../src/registers/register-client.js";

/** What a store may do wrong now and then. */
export type Vice =
  /** A write that is done, and whose answer is lost. Nothing is wrong with that. */
  | "loses answers"
  /** The same, and its client writes again instead of saying so. */
  | "repeats writes"
  /** A write that is acknowledged and not done. */
  | "forgets writes"
  /** A fresh read of what was there before the last write. */
  | "reads late";

interface Kept {
  readonly now: Entry | undefined;
  readonly before: Entry | undefined;
}

/** Registers in memory, with answers that take their time, and at most one vice. */
export class MemoryRegisters {
  readonly #kept = new Map<string, Kept>();
  readonly #random: Random;
  readonly #vice: Vice | undefined;
  #revisions = 0;
  #asked = 0;

  constructor(seed: number, vice?: Vice) {
    this.#random = seededRandom(seed);
    this.#vice = vice;
  }

  /** A client of the same registers. */
  open(): RegisterStore {
    return {
      get: async (key) => {
        this.#asked++;
        await this.#underWay();
        const { now, before } = this.#at(key);
        const seen = this.#asked > 1 && this.#errs("reads late") ? before : now; // when all is quiet it has caught up
        await this.#underWay();
        this.#asked--;
        return seen;
      },
      create: (key, value) => this.#write(key, (now) => (now ? refuse("already_exists") : this.#entry(key, value))),
      put: (key, value, { revision } = {}) =>
        this.#write(key, (now) => {
          if (revision !== undefined && now?.revision !== revision) return refuse("aborted");
          return this.#entry(key, value);
        }),
      delete: (key, { revision } = {}) =>
        this.#write(key, (now) => {
          if (revision !== undefined && now?.revision !== revision) return refuse("aborted");
          this.#keep(key, undefined);
          return now !== undefined;
        }),
      close: async () => {},
    };
  }

  async #write<Result extends Entry | boolean>(
    key: string,
    write: (now: Entry | undefined) => Result,
  ): Promise<Result> {
    await this.#underWay();
    const { now } = this.#at(key);
    const result = write(now);
    if (typeof result === "object") this.#keep(key, result);
    if (this.#errs("forgets writes")) this.#kept.set(key, { now, before: now });
    await this.#underWay();
    if (this.#errs("loses answers")) throw lost();
    return this.#errs("repeats writes") ? this.#write(key, write) : result;
  }

  #entry(key: string, value: Entry["value"]): Entry {
    this.#revisions += 1;
    return { key, value, revision: `r${this.#revisions}` as Revision, owner: undefined };
  }

  #keep(key: string, entry: Entry | undefined): void {
    this.#kept.set(key, { now: entry, before: this.#at(key).now });
  }

  #at(key: string): Kept {
    return this.#kept.get(key) ?? { now: undefined, before: undefined };
  }

  #errs(vice: Vice): boolean {
    return this.#vice === vice && this.#random.next() < 0.03;
  }

  async #underWay(): Promise<void> {
    for (let turns = randomIndex(this.#random, 6); turns > 0; turns--) await Promise.resolve();
  }
}

function refuse(code: "already_exists" | "aborted"): never {
  throw new SkylarkError(code, "it does not fit what is there");
}

function lost(): SkylarkError {
  return new SkylarkError("unavailable", "the answer was lost", { reason: "CONNECTION_LOST" });
}
