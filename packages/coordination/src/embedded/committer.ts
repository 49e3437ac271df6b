import { SkylarkError } from "@skylark/core";
import { isFull } from "../journal/disk.js";
import type { Journal } from "../journal/journal.js";
import type { Command, Outcome } from "../state/command.js";
import { changesOf, type Effect, type StoredChange } from "../state/effect.js";
import type { Store } from "../state/store.js";

export interface CommitterOwner {
  /** Asked right before anything becomes durable. False: another may be writing there, and nothing is written. */
  mayCommit(): boolean;
  /** One atomic write, the `number`th, is durable. Told before whoever asked for it is answered. */
  committed(changes: readonly StoredChange[], number: number): void;
  /** Nothing more can be made durable. Whoever waits is not answered: what became of the last commands is not known. */
  failed(error: SkylarkError | undefined): void;
  /** Room ran out while compacting; tried again later. */
  compactionFailed(error: unknown): void;
}

interface Submission {
  readonly command: Command;
  readonly settle: (outcome: Outcome) => void;
}

type CommitterState = { kind: "idle" } | { kind: "scheduled" } | { kind: "ended" };

/** One record holds at most about this much; the rest goes into the next. */
const recordBytes = 4 * 1024 * 1024;

/**
 * Group commit: everything that arrived while the last record was made durable goes into the next one. Reads stand in
 * the same line, so nobody is ever shown what is not yet durable, and every read is linearizable.
 */
export class Committer {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #owner: CommitterOwner;
  #state: CommitterState = { kind: "idle" };
  #waiting: Submission[] = [];
  #applied = 0;
  #told = 0;

  constructor(store: Store, journal: Journal, owner: CommitterOwner) {
    this.#store = store;
    this.#journal = journal;
    this.#owner = owner;
  }

  /** How many atomic writes the store holds now. Their owner may not have been told of the last ones yet. */
  get applied(): number {
    return this.#applied;
  }

  /** `settle` is called once its outcome is durable; never, if the committer ends before. */
  submit(command: Command, settle: (outcome: Outcome) => void): void {
    if (this.#state.kind === "ended") return;
    this.#waiting.push({ command, settle });
    if (this.#state.kind === "scheduled") return;
    this.#state = { kind: "scheduled" };
    setImmediate(() => this.#commitAll()); // after everything that has arrived in this turn of the event loop
  }

  /** Commits what waits, then takes no more. */
  end(): void {
    this.#commitAll();
    this.#state = { kind: "ended" };
  }

  #commitAll(): void {
    while (this.#waiting.length > 0 && this.#state.kind !== "ended") this.#commit(this.#nextBatch());
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "idle" };
    if (this.#journal.wantsSnapshot) this.#compact();
  }

  #nextBatch(): Submission[] {
    let bytes = 0;
    let count = 0;
    for (const { command } of this.#waiting) {
      bytes += weightOf(command);
      if (count > 0 && bytes > recordBytes) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #commit(batch: readonly Submission[]): void {
    let outcomes = batch.map(({ command }) => this.#store.apply(command));
    const effects = outcomes.flatMap((outcome) => (outcome.kind === "replied" ? outcome.effects : []));
    this.#applied += outcomes.filter(isWrite).length;
    if (effects.length > 0) {
      if (!this.#owner.mayCommit()) return this.#fail(undefined);
      const refusal = this.#append(effects);
      if (this.#state.kind === "ended") return;
      if (refusal) outcomes = this.#takeBack(batch, outcomes, refusal);
    }
    for (const [index, outcome] of outcomes.entries()) {
      if (isWrite(outcome)) this.#owner.committed(changesOf(outcome.effects), ++this.#told);
      batch[index]?.settle(outcome);
    }
  }

  /** The error when there is no room. */
  #append(effects: readonly Effect[]): SkylarkError | undefined {
    try {
      const appended = this.#journal.append(effects);
      return appended.kind === "refused" ? appended.error : undefined;
    } catch (error) {
      this.#fail(error as SkylarkError);
      return undefined;
    }
  }

  /** None of the batch happened: every write is refused, and every read answered again, without what it saw of them. */
  #takeBack(batch: readonly Submission[], outcomes: readonly Outcome[], error: SkylarkError): Outcome[] {
    for (const outcome of outcomes.toReversed()) {
      if (isWrite(outcome)) for (const effect of outcome.undo) this.#store.evolve(effect);
    }
    this.#applied = this.#told;
    return batch.map(({ command }) => (isRead(command) ? this.#store.apply(command) : { kind: "refused", error }));
  }

  #compact(): void {
    try {
      this.#journal.snapshot(this.#store);
    } catch (error) {
      if (isFull(error)) this.#owner.compactionFailed(error);
      else this.#fail(SkylarkError.from(error, "internal"));
    }
  }

  #fail(error: SkylarkError | undefined): void {
    this.#state = { kind: "ended" };
    this.#waiting = [];
    this.#owner.failed(error);
  }
}

function isRead({ kind }: Command): boolean {
  return kind === "get" || kind === "list" || kind === "children";
}

function isWrite(outcome: Outcome): outcome is Outcome & { kind: "replied" } {
  return outcome.kind === "replied" && outcome.effects.length > 0;
}

function weightOf(command: Command): number {
  if (command.kind !== "write") return 0;
  return command.operations.reduce((sum, operation) => sum + ("json" in operation ? operation.json.length : 0), 0);
}
