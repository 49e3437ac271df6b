import { SkylarkError } from "@skylark/core";
import type { CallOptions } from "@skylark/rpc";
import type { Channel } from "@skylark/rpc/internal";
import type { Members } from "../application/members.js";
import { keysByOwner, type PartitionKey } from "./owners.js";
import { nobodyToAsk } from "./reply.js";

/** What one owner answered, and for which keys. */
export interface Part<Key, Value> {
  readonly instance: string;
  readonly keys: readonly Key[];
  readonly value: Value;
}

/** Keys that stayed without an answer, and why. */
interface Gap<Key> {
  readonly instance: string;
  readonly keys: readonly Key[];
  readonly error: SkylarkError;
}

interface ScatterParts<Key, Value> {
  readonly name: string;
  readonly members: Pick<Members, "list">;
  readonly absence: () => string;
  readonly ask: (channel: Channel, keys: readonly Key[], call: CallOptions) => Promise<Value>;
  readonly idempotent: boolean;
  readonly attemptTimeoutMs: number;
  readonly need: "all" | "any";
  /** On the clock of `performance.now()`. */
  readonly deadlineAt: number;
  readonly call: CallOptions;
}

/** How often a key is asked for, the first time included. */
const attemptsMost = 3;

/** Failures of an instance, not of what was asked: another one may answer. */
const mayAnswerElsewhere = new Set(["unavailable", "unknown", "deadline_exceeded", "resource_exhausted"]);

/** One scattered call: each owner is asked for its keys, and the next owners for those that are missing. */
export class Scatter<Key extends PartitionKey, Value> {
  readonly #parts: ScatterParts<Key, Value>;
  readonly #answered: Part<Key, Value>[] = [];
  readonly #gaps: Gap<Key>[] = [];
  /** Instances that could not answer; who else is there owns their keys. */
  readonly #failed = new Set<string>();

  constructor(parts: ScatterParts<Key, Value>) {
    this.#parts = parts;
  }

  async of(keys: readonly Key[]): Promise<Part<Key, Value>[]> {
    await this.#ask(keys, 1, undefined);
    if (this.#gaps.length === 0) return this.#answered;
    if (this.#parts.need === "any" && this.#answered.length > 0) return this.#answered;
    throw this.#incomplete(keys.length);
  }

  /** @param last why these keys are asked for again */
  async #ask(keys: readonly Key[], attempt: number, last: Gap<Key> | undefined): Promise<void> {
    if (keys.length === 0) return;
    const members = this.#parts.members.list.filter(({ instance }) => !this.#failed.has(instance));
    if (members.length === 0) return void this.#gaps.push(last ?? this.#nobody(keys));
    const owned = keysByOwner(
      keys,
      members.map(({ instance }) => instance),
    );
    await Promise.all(
      members.map(async ({ instance, channel }) => {
        const own = owned.get(instance);
        if (own) await this.#askOwner({ instance, channel, keys: own, attempt });
      }),
    );
  }

  async #askOwner(asked: {
    readonly instance: string;
    readonly channel: Channel;
    readonly keys: readonly Key[];
    readonly attempt: number;
  }): Promise<void> {
    const { instance, channel, keys, attempt } = asked;
    const { ask, call, attemptTimeoutMs } = this.#parts;
    try {
      const timeoutMs = Math.max(0, Math.min(attemptTimeoutMs, this.#remainingMs));
      const value = await ask(channel, keys, { ...call, timeoutMs, wait: false });
      this.#answered.push({ instance, keys, value });
    } catch (thrown) {
      const gap = { instance, keys, error: SkylarkError.from(thrown) };
      if (!this.#mayAskAgain(gap.error, attempt) || !channel.payRetry()) return void this.#gaps.push(gap);
      this.#failed.add(instance);
      await this.#ask(keys, attempt + 1, gap);
    }
  }

  #mayAskAgain(error: SkylarkError, attempt: number): boolean {
    const { idempotent, call } = this.#parts;
    if (attempt === attemptsMost || error.retriesSpent || call.signal?.aborted || this.#remainingMs <= 0) return false;
    return mayAnswerElsewhere.has(error.code) && (idempotent || error.notExecuted);
  }

  get #remainingMs(): number {
    return this.#parts.deadlineAt - performance.now();
  }

  #nobody(keys: readonly Key[]): Gap<Key> {
    const { name, absence } = this.#parts;
    return { instance: "", keys, error: nobodyToAsk(`"${name}"`, absence()) };
  }

  #incomplete(asked: number): SkylarkError {
    const [first] = this.#gaps as [Gap<Key>, ...Gap<Key>[]];
    if (first.error.reason === "NO_INSTANCE" && this.#answered.length === 0) return first.error;
    const missing = this.#gaps.reduce((sum, { keys }) => sum + keys.length, 0);
    const message = `${missing} of ${asked} keys of "${this.#parts.name}" were not answered: ${first.error.message}`;
    const failures = this.#gaps.map(({ instance, keys, error }) => ({
      instance,
      keys: keys.length,
      code: error.code,
      message: error.message,
    }));
    return new SkylarkError(first.error.code, message, {
      reason: "TOO_FEW_ANSWERS",
      details: { asked, answered: asked - missing, needed: asked, failures },
      cause: first.error,
      notExecuted: this.#answered.length === 0 && this.#gaps.every(({ error }) => error.notExecuted),
    });
  }
}
