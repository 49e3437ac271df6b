import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectsFrom, effectsText } from "../../src/journal/effect-text.js";
import { decodeRecord, encodeRecord } from "../../src/journal/record.js";
import type { Revision, SessionId } from "../../src/port.js";
import type { Command, Outcome } from "../../src/state/command.js";
import { root } from "../../src/state/key.js";
import type { StoredOperation } from "../../src/state/operation.js";
import { Store } from "../../src/state/store.js";
import { Model } from "./model.js";

const sessions = ["ann", "ben", "cid"] as SessionId[];
const keys = ["/a", "/a/b", "/a/b/c", "/a/d", "/e", "/e/f"];

type WantedRevision = "none" | "current" | "stale";
type WantedOperation = StoredOperation & { wanted: WantedRevision };
type Step =
  | {
      kind: "write";
      session: SessionId;
      operations: WantedOperation[];
      durable: boolean;
    }
  | { kind: "open" | "end"; session: SessionId; durable: boolean }
  | { kind: "restart" };

const session = fc.constantFrom(...sessions);
const durable = fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const operation = fc.record({
  kind: fc.constantFrom("create", "put", "delete", "check"),
  key: fc.constantFrom(...keys),
  json: fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  ephemeral: fc.boolean(),
  revision: fc.constant(undefined),
  wanted: fc.constantFrom<WantedRevision>("none", "current", "current", "stale"),
}) as fc.Arbitrary<WantedOperation>;
const operations = fc.uniqueArray(operation, { minLength: 1, maxLength: 4, selector: ({ key }) => key });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("write" as const), session, operations, durable }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("open" as const), session, durable }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), session, durable }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
);

/** The store, the journal it would have written, and the model, side by side. */
class Trial {
  store = new Store(0);
  readonly model = new Model();
  readonly #journal: Buffer[] = [];
  #sequence = 0;
  #checksum = 0;

  take(step: Step): void {
    if (step.kind === "restart") this.#restart();
    else if (step.kind === "write") this.#write(step.session, step.operations, step.durable);
    else if (step.kind === "open") this.#open(step.session, step.durable);
    else this.#end(step.session, step.durable);
    this.#compare();
  }

  #write(session: SessionId, wanted: WantedOperation[], durable: boolean): void {
    const operations = wanted.map((each) => this.#withRevision(each));
    const before = new Map(this.model.entries);
    const expected = this.model.write(session, operations);
    const outcome = this.#apply({ kind: "write", session, operations }, durable);
    expect(outcome.kind === "refused" ? outcome.error.code : undefined).toBe(expected);
    if (!durable) this.model.entries = before;
    else if (outcome.kind === "replied") {
      for (const effect of outcome.effects) {
        const entry = effect.kind === "put" && this.model.entries.get(effect.entry.key);
        if (effect.kind === "put" && entry) entry.revision = effect.entry.revision;
      }
    }
  }

  #open(session: SessionId, durable: boolean): void {
    if (this.model.sessions.has(session)) return;
    this.#apply({ kind: "openSession", session, ttlMs: 1000, now: 0 }, durable);
    if (durable) this.model.sessions.add(session);
  }

  #end(session: SessionId, durable: boolean): void {
    this.#apply({ kind: "endSession", session }, durable);
    if (durable) this.model.end(session);
  }

  /** What was not made durable is taken back, as after a full disk. */
  #apply(command: Command, durable: boolean): Outcome {
    const outcome = this.store.apply(command);
    if (outcome.kind === "refused" || outcome.effects.length === 0) return outcome;
    if (!durable) {
      for (const effect of outcome.undo) this.store.evolve(effect);
      return outcome;
    }
    const { bytes, checksum } = encodeRecord(++this.#sequence, this.#checksum, effectsText(outcome.effects));
    this.#checksum = checksum;
    this.#journal.push(bytes);
    return outcome;
  }

  #restart(): void {
    const bytes = Buffer.concat(this.#journal);
    this.store = new Store(0);
    for (let offset = 0; offset < bytes.length; ) {
      const record = decodeRecord(bytes, offset);
      if (!record) throw new Error(`no record at ${offset}`);
      for (const effect of effectsFrom(record.json)) this.store.evolve(effect);
      offset = record.end;
    }
  }

  #withRevision({ wanted, ...operation }: WantedOperation): StoredOperation {
    if (operation.kind === "create" || wanted === "none") return operation;
    const current = this.model.entries.get(operation.key)?.revision;
    return { ...operation, revision: wanted === "current" ? current : ("0.stale" as Revision) };
  }

  #compare(): void {
    const stored = this.store.tree.under(root).map(({ key, ...entry }) => [key, entry] as const);
    const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
    expect(stored.toSorted(byKey)).toEqual([...this.model.entries].toSorted(byKey));
    expect(new Set(this.store.sessions.all().map(({ id }) => id))).toEqual(this.model.sessions);
    for (const session of this.model.sessions) {
      const owned = [...this.model.entries].filter(([, { owner }]) => owner === session).map(([key]) => key);
      expect(this.store.sessions.owned(session)).toEqual(owned.toSorted());
    }
    const parents = new Set(keys.flatMap((key) => [key, key.slice(0, key.lastIndexOf("/")) || root]));
    for (const parent of parents) {
      const below = [...this.model.entries.keys()].filter((key) =>
        key.startsWith(parent === root ? root : `${parent}/`),
      );
      const names = below.map((key) => key.slice(parent === root ? 1 : parent.length + 1).split("/")[0] ?? "");
      expect(this.store.tree.children(parent)).toEqual([...new Set(names)].toSorted());
    }
  }
}

describe("the store against a naive model", () => {
  it("COORD-1.5 COORD-1.7 COORD-2.5 answers and holds the same after any commands, undone commits and restarts from the journal", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const trial = new Trial();
        for (const each of steps) trial.take(each);
      }),
      { numRuns: 300, seed: 20 },
    );
  });
});
