import { SkylarkError } from "@skylark/core";
import type { CallOptions, Condition, Etcd, KeyValue, Step, StepResult, TransactionResult } from "@skylark/etcd";
import type { Written } from "../../engine/engine.js";
import type { Entry, Json } from "../../port.js";
import type { StoredOperation } from "../../state/operation.js";
import type { Deadline } from "../deadline.js";
import type { EtcdSession } from "./etcd-session.js";
import { type KeySpace, ownerOf, revisionOf } from "./key-space.js";
import {
  type Decision,
  decide,
  type Found,
  type Guard,
  guess,
  keysAbove,
  type PlannedStep,
  type View,
  type WritePlan,
} from "./write-plan.js";

export interface WritesParts {
  readonly etcd: Etcd;
  readonly keys: KeySpace;
  readonly session: EtcdSession;
}

/** One thing to look at before a write. */
type Look = { readonly kind: "entry" | "below"; readonly key: string };

/** Reads and conditions of one transaction. */
const stepsMax = 128;
/** Enough to see that something stays: a write deletes no more than 64. */
const belowMax = 65;

/**
 * Writes on condition: a plan, done only while what it was made from still holds. The first is a guess, nearly always right,
 * which looks at nothing; whatever comes after it was made from a view of the store, and brings back another where it is
 * refused. A transaction that may have been done is never repeated.
 */
export class Writes {
  readonly #parts: WritesParts;

  constructor(parts: WritesParts) {
    this.#parts = parts;
  }

  /** @param signal that of the deadline, by which a request under way is called back */
  async write(
    operations: readonly StoredOperation[],
    deadline: Deadline,
    signal: AbortSignal | undefined,
  ): Promise<Written[]> {
    const { session } = this.#parts;
    const remaining = (): CallOptions => ({ ...deadline.request(), signal });
    const updated = await this.#update(operations, remaining());
    if (updated) return [updated];
    const looks = looksFor(operations);
    const needsSession = operations.some((operation) => operation.kind === "create" && operation.ephemeral);
    const guessed = guess(operations);
    let plan: Decision = guessed ?? decide(operations, await this.#look(looks, remaining()));
    const looksInside = looks.length > stepsMax ? [] : looks;
    let otherwise: readonly Look[] = guessed ? [] : looksInside;
    for (;;) {
      if (plan.kind === "refused") throw plan.error;
      const lease = needsSession ? await session.lease(remaining()) : 0n;
      let view: View;
      try {
        const result = await this.#transact(plan, lease, otherwise, remaining());
        if (result.succeeded) return this.#written(operations, plan.steps, lease, result);
        view = otherwise.length === 0 ? await this.#look(looks, remaining()) : this.#view(looks, result);
      } catch (error) {
        // a lease ended between the look and the write, our own perhaps; nothing was done
        if (!SkylarkError.is(error, "not_found")) throw error;
        session.suspect(lease);
        view = await this.#look(looks, remaining());
      }
      plan = decide(operations, view);
      otherwise = looksInside;
    }
  }

  /**
   * A put alone that is bound to nothing, of an entry that is there: keeps its owner, and needs no plan. Undefined: nothing was
   * written, since there is none, or the write is another.
   */
  async #update([operation, ...others]: readonly StoredOperation[], options: CallOptions): Promise<Entry | undefined> {
    if (operation?.kind !== "put" || operation.revision !== undefined || others.length > 0) return undefined;
    const { key, json } = operation;
    const { etcd, keys } = this.#parts;
    try {
      const { revision, lease } = await etcd.update(keys.stored(key), json, options);
      return { key, value: JSON.parse(json) as Json, revision: revisionOf(revision), owner: ownerOf(lease) };
    } catch (error) {
      if (SkylarkError.is(error, "not_found")) return undefined;
      throw error;
    }
  }

  #transact(plan: WritePlan, lease: bigint, otherwise: readonly Look[], options: CallOptions) {
    const { etcd, keys } = this.#parts;
    const steps = plan.steps.map((step): Step => {
      if (step.kind === "delete") return { kind: "delete", range: keys.at(step.key) };
      return {
        kind: "put",
        key: keys.stored(step.key),
        value: step.json,
        lease: step.lease === "own" ? lease : step.lease,
      };
    });
    const when = plan.guards.map((guard) => this.#condition(guard));
    return etcd.transact({ when, steps, otherwise: otherwise.map((look) => this.#read(look)) }, options);
  }

  #condition(guard: Guard): Condition {
    const { keys } = this.#parts;
    const { key } = guard;
    switch (guard.kind) {
      case "revision":
        return { range: keys.at(key), what: "revision", is: "=", value: guard.revision };
      case "persistent":
        return { range: keys.at(key), what: "lease", is: "=", value: 0n };
      case "nothing new below":
        return { range: keys.below(key), what: "revision", is: "<", value: guard.since + 1n };
    }
  }

  /** Looks at everything as of one revision, in as many transactions as it takes. */
  async #look(looks: readonly Look[], options: CallOptions): Promise<View> {
    let first: TransactionResult | undefined;
    const results: StepResult[] = [];
    for (let at = 0; at < looks.length; at += stepsMax) {
      const revision = first?.revision;
      const steps = looks
        .slice(at, at + stepsMax)
        .map((look) => ({ ...this.#read(look), ...(revision && { revision }) }));
      const result = await this.#parts.etcd.transact({ when: [], steps }, options);
      first ??= result;
      results.push(...result.results);
    }
    return this.#view(looks, { revision: first?.revision ?? 0n, results });
  }

  #read({ kind, key }: Look): Step & { kind: "read" } {
    const { keys } = this.#parts;
    if (kind === "entry") return { kind: "read", range: keys.at(key), keysOnly: true };
    return { kind: "read", range: keys.below(key), keysOnly: true, limit: belowMax };
  }

  #view(looks: readonly Look[], { revision, results }: Pick<TransactionResult, "revision" | "results">): View {
    const entries = new Map<string, Found>();
    const below = new Map<string, string[]>();
    for (const [index, { kind, key }] of looks.entries()) {
      const found = entriesOf(results[index]);
      if (kind === "below")
        below.set(
          key,
          found.flatMap((each) => this.#parts.keys.keyOf(each.key) ?? []),
        );
      else if (found[0]) entries.set(key, found[0]);
    }
    return { revision, entries, below };
  }

  #written(
    operations: readonly StoredOperation[],
    steps: readonly PlannedStep[],
    own: bigint,
    { revision, results }: TransactionResult,
  ): Written[] {
    const done = new Map(steps.map((step, index) => [step.key, { step, result: results[index] }]));
    return operations.map((operation): Written => {
      const outcome = done.get(operation.key);
      if (outcome?.result?.kind === "delete") return outcome.result.deleted > 0;
      if (outcome?.step.kind !== "put") return undefined;
      const { key, json, lease } = outcome.step;
      const kept = outcome.result?.kind === "put" ? outcome.result.kept : 0n;
      const owner = ownerOf(lease === "own" ? own : lease === "kept" ? kept : lease);
      return { key, value: JSON.parse(json) as Json, revision: revisionOf(revision), owner };
    });
  }
}

function looksFor(operations: readonly StoredOperation[]): Look[] {
  const looks: Look[] = [];
  const seen = new Set<string>();
  const add = (key: string) => {
    if (!seen.has(key)) looks.push({ kind: "entry", key });
    seen.add(key);
  };
  for (const operation of operations) {
    add(operation.key);
    if (operation.kind === "create" && operation.ephemeral) looks.push({ kind: "below", key: operation.key });
    if (operation.kind === "create" || operation.kind === "put")
      for (const above of keysAbove(operation.key)) add(above);
  }
  return looks;
}

function entriesOf(result: StepResult | undefined): readonly KeyValue[] {
  return result?.kind === "read" ? result.entries : [];
}
