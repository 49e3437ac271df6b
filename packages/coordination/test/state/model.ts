import type { Revision, SessionId } from "../../src/port.js";
import type { StoredOperation } from "../../src/state/operation.js";

export interface ModelEntry {
  json: string;
  revision: Revision | undefined;
  owner: SessionId | undefined;
}

/** The store as naively as it can be said: two maps, copied whole before every write. */
export class Model {
  entries = new Map<string, ModelEntry>();
  sessions = new Set<SessionId>();

  /** The error code that must come, or undefined when the write must succeed; then it has happened. */
  write(session: SessionId, operations: readonly StoredOperation[]): string | undefined {
    const before = new Map(this.entries);
    const refusal = this.sessions.has(session) ? this.#writeAll(session, operations) : "failed_precondition";
    if (refusal) this.entries = before;
    return refusal;
  }

  end(session: SessionId): void {
    this.sessions.delete(session);
    for (const [key, entry] of this.entries) if (entry.owner === session) this.entries.delete(key);
  }

  #writeAll(session: SessionId, operations: readonly StoredOperation[]): string | undefined {
    for (const operation of operations) {
      const refusal = this.#write(session, operation);
      if (refusal) return refusal;
    }
    return undefined;
  }

  #write(session: SessionId, operation: StoredOperation): string | undefined {
    const { key } = operation;
    const present = this.entries.get(key);
    if (operation.kind === "create") {
      if (present) return "already_exists";
      return this.#put(key, operation.json, operation.ephemeral ? session : undefined);
    }
    const compares = operation.kind === "check" || operation.revision !== undefined;
    if (compares && present?.revision !== operation.revision) return "aborted";
    if (operation.kind === "put") return this.#put(key, operation.json, present?.owner);
    if (operation.kind === "delete") this.entries.delete(key);
    return undefined;
  }

  #put(key: string, json: string, owner: SessionId | undefined): string | undefined {
    if (!this.entries.has(key)) {
      for (const [other, { owner: otherOwner }] of this.entries) {
        if (owner !== undefined && other.startsWith(`${key}/`)) return "failed_precondition";
        if (otherOwner !== undefined && key.startsWith(`${other}/`)) return "failed_precondition";
      }
    }
    this.entries.set(key, { json, revision: undefined, owner }); // the store names the revision
    return undefined;
  }
}
