import { SkylarkError } from "@skylark/core";
import type { Revision, SessionId } from "../port.js";
import type { Command, Outcome, Reply } from "./command.js";
import type { Effect } from "./effect.js";
import { parentOf, root, upwards } from "./key.js";
import type { StoredOperation } from "./operation.js";
import { Sessions } from "./sessions.js";
import { type StoredEntry, Tree } from "./tree.js";

/**
 * The store without time, chance, files or sockets: commands go in, a reply and effects come out. All change of state goes
 * through `evolve`, so that replaying the effects of the past gives the state of today.
 */
export class Store {
  readonly tree = new Tree();
  readonly sessions: Sessions;
  #epoch = 0;
  #tag = "";
  #counter = 0;

  constructor(now: number) {
    this.sessions = new Sessions(now);
  }

  /** How many hosts there have been. */
  get epoch(): number {
    return this.#epoch;
  }

  get tag(): string {
    return this.#tag;
  }

  /** The highest number that a revision has carried. */
  get counter(): number {
    return this.#counter;
  }

  apply(command: Command): Outcome {
    const effects: Effect[] = [];
    const undo: Effect[] = [];
    const evolve = (effect: Effect) => {
      effects.push(effect);
      undo.unshift(...this.evolve(effect));
    };
    try {
      return { kind: "replied", reply: this.#run(command, evolve), effects, undo };
    } catch (error) {
      for (const effect of undo) this.evolve(effect);
      if (SkylarkError.is(error)) return { kind: "refused", error };
      throw error;
    }
  }

  /** Takes an effect as a fact. Returns what would take it back. */
  evolve(effect: Effect): Effect[] {
    switch (effect.kind) {
      case "put": {
        const { key, owner, revision } = effect.entry;
        const previous = this.tree.set(effect.entry);
        if (previous?.owner && previous.owner !== owner) this.sessions.disown(previous.owner, key);
        if (owner) this.sessions.own(owner, key);
        this.#counter = Math.max(this.#counter, counterOf(revision));
        return [previous ? { kind: "put", entry: previous } : { kind: "deleted", key }];
      }
      case "deleted": {
        const previous = this.tree.delete(effect.key);
        if (previous?.owner) this.sessions.disown(previous.owner, effect.key);
        return previous ? [{ kind: "put", entry: previous }] : [];
      }
      case "opened":
        this.sessions.open({ id: effect.session, ttlMs: effect.ttlMs });
        return [{ kind: "ended", session: effect.session }];
      case "ended": {
        const ended = this.sessions.end(effect.session);
        return ended ? [{ kind: "opened", session: ended.id, ttlMs: ended.ttlMs }] : [];
      }
      case "hosted": {
        const before: Effect = { kind: "hosted", epoch: this.#epoch, tag: this.#tag };
        this.#epoch = effect.epoch;
        this.#tag = effect.tag;
        return [before];
      }
    }
  }

  /** The counter never falls below `counter`: a snapshot may no longer hold the entry that carried it. */
  countFrom(counter: number): void {
    this.#counter = Math.max(this.#counter, counter);
  }

  #run(command: Command, evolve: (effect: Effect) => void): Reply {
    switch (command.kind) {
      case "get":
        return { kind: "entry", entry: this.tree.get(command.key) };
      case "list":
        return { kind: "entries", entries: this.tree.list(command.parent) };
      case "children":
        return { kind: "names", names: this.tree.children(command.parent) };
      case "write": {
        this.#requireSession(command.session);
        const results = command.operations.map((operation) => this.#write(command.session, operation, evolve));
        return { kind: "written", results };
      }
      case "openSession":
        evolve({ kind: "opened", session: command.session, ttlMs: command.ttlMs });
        this.sessions.touch(command.session, command.now);
        return { kind: "done" };
      case "endSession":
        for (const key of this.sessions.owned(command.session)) evolve({ kind: "deleted", key });
        if (this.sessions.get(command.session)) evolve({ kind: "ended", session: command.session });
        return { kind: "done" };
      case "host":
        evolve({ kind: "hosted", epoch: this.#epoch + 1, tag: command.tag });
        return { kind: "done" };
    }
  }

  /** A session that is over writes nothing more: what it held may be another's by now. */
  #requireSession(session: SessionId): void {
    if (this.sessions.get(session)) return;
    const message = "the session is over, and its ephemeral entries are gone; the write did not happen";
    throw new SkylarkError("failed_precondition", message, { reason: "SESSION_EXPIRED", notExecuted: true });
  }

  #write(
    session: SessionId,
    operation: StoredOperation,
    evolve: (effect: Effect) => void,
  ): StoredEntry | boolean | null {
    const { key } = operation;
    const present = this.tree.get(key);
    if (operation.kind === "create") {
      if (present) throw new SkylarkError("already_exists", `there is an entry at ${key} already`);
      return this.#put(key, operation.json, operation.ephemeral ? session : undefined, evolve);
    }
    if (operation.kind === "check" || operation.revision !== undefined)
      requireRevision(key, present, operation.revision);
    if (operation.kind === "check") return null;
    if (operation.kind === "put") return this.#put(key, operation.json, present?.owner, evolve);
    if (present) evolve({ kind: "deleted", key });
    return present !== undefined;
  }

  #put(key: string, json: string, owner: SessionId | undefined, evolve: (effect: Effect) => void): StoredEntry {
    if (!this.tree.get(key)) this.#requirePlace(key, owner);
    const revision = `${(this.#counter + 1).toString(36)}.${this.#tag}` as Revision;
    const entry: StoredEntry = { key, json, revision, owner };
    evolve({ kind: "put", entry });
    return entry;
  }

  /** An ephemeral entry has no children, whichever came first (COORD-PORT-4). */
  #requirePlace(key: string, owner: SessionId | undefined): void {
    if (owner && this.tree.hasBelow(key)) {
      throw new SkylarkError("failed_precondition", `${key} cannot be ephemeral: there are entries below it`);
    }
    for (const above of upwards(parentOf(key))) {
      if (above === root || !this.tree.get(above)?.owner) continue;
      throw new SkylarkError("failed_precondition", `${key} cannot be made: ${above} is ephemeral and has no children`);
    }
  }
}

function requireRevision(key: string, present: StoredEntry | undefined, wanted: Revision | undefined): void {
  if (present?.revision === wanted) return;
  const found = present ? "it has been written since" : "there is none";
  const message = wanted
    ? `the entry at ${key} is not at the revision that was compared: ${found}`
    : `there is an entry at ${key}`;
  throw new SkylarkError("aborted", message);
}

function counterOf(revision: Revision): number {
  return Number.parseInt(revision, 36) || 0; // stops at the dot
}
