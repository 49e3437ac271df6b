import type { Change, Entry, Json, Operation, Revision, SessionId } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { SimulatedClient } from "./simulated-client.js";

/**
 * The coordination port without time, files or sockets: what is under way between a client and the store lies in queues,
 * and the test decides what arrives, what is lost, and when. The embedded store itself is met in `embedded.test.ts`.
 */
export class SimulatedStore {
  readonly entries = new Map<string, Entry>();
  readonly clients: SimulatedClient[] = [];
  /** What happened, in order: `s1 put /a`, `s2 deleted /b`. */
  readonly history: string[] = [];
  /** Every read, or every write, of a client fails so while there is one. */
  readonly refusals: { read?: SkylarkError; write?: SkylarkError } = {};
  readonly #alive = new Set<SessionId>();
  #sessions = 0;
  #revisions = 0;

  client(): SimulatedClient {
    const client = new SimulatedClient(this, this.openSession());
    this.clients.push(client);
    return client;
  }

  openSession(): SessionId {
    const id = `s${++this.#sessions}` as SessionId;
    this.#alive.add(id);
    return id;
  }

  /** Ephemeral entries go along, as one atomic write. */
  endSession(id: SessionId): void {
    this.#alive.delete(id);
    const owned = [...this.entries.values()].filter(({ owner }) => owner === id);
    if (owned.length > 0)
      this.write(
        undefined,
        owned.map(({ key }) => ({ kind: "delete", key }) as const),
      );
  }

  isAlive(id: SessionId): boolean {
    return this.#alive.has(id);
  }

  read(key: string): Entry | undefined {
    if (this.refusals.read) throw this.refusals.read;
    return this.entries.get(key);
  }

  below(prefix: string): Entry[] {
    return [...this.entries.values()]
      .filter(({ key }) => key === prefix || key.startsWith(`${prefix}/`))
      .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  }

  /** All or none. `session` undefined: an operator, who has one of no interest. */
  write(session: SessionId | undefined, operations: readonly Operation[]): { entries: Entry[]; deleted: number } {
    if (session !== undefined && !this.#alive.has(session)) {
      throw new SkylarkError("failed_precondition", "the session is over", {
        reason: "SESSION_EXPIRED",
        notExecuted: true,
      });
    }
    if (session !== undefined && this.refusals.write) throw this.refusals.write;
    const draft = new Map(this.entries);
    const changes = operations.flatMap((operation) => this.#apply(draft, session, operation));
    this.entries.clear();
    for (const [key, entry] of draft) this.entries.set(key, entry);
    for (const change of changes) this.history.push(`${session ?? "somebody"} ${textOf(change)}`);
    if (changes.length > 0) for (const client of this.clients) client.tell(changes);
    const entries = changes.flatMap((change) => (change.kind === "put" ? [change.entry] : []));
    return { entries, deleted: changes.length - entries.length };
  }

  put(key: string, value: Json): void {
    this.write(undefined, [{ kind: "put", key, value }]);
  }

  delete(...keys: string[]): void {
    this.write(
      undefined,
      keys.map((key) => ({ kind: "delete", key }) as const),
    );
  }

  /** Everything is forgotten but who is alive. */
  wipe(): void {
    if (this.entries.size > 0) this.delete(...this.entries.keys());
  }

  /** Everything under way arrives, in both directions, until nobody has anything more to say. */
  async settle(): Promise<void> {
    for (let quiet = false; !quiet; ) {
      await new Promise((resolve) => setImmediate(resolve)); // lets every promise that can go on do so
      quiet = this.clients.every((client) => !client.deliverAll());
    }
  }

  #apply(draft: Map<string, Entry>, session: SessionId | undefined, operation: Operation): Change[] {
    const { key } = operation;
    const present = draft.get(key);
    if (operation.kind === "create" && present) throw new SkylarkError("already_exists", `${key} exists`);
    const compares = operation.kind === "check" || ("revision" in operation && operation.revision !== undefined);
    if (compares && present?.revision !== operation.revision) throw new SkylarkError("aborted", `${key} has changed`);
    if (operation.kind === "check") return [];
    if (operation.kind === "delete") {
      draft.delete(key);
      return present ? [{ kind: "deleted", key }] : [];
    }
    const revision = `r${++this.#revisions}` as Revision;
    const owner = operation.kind === "put" ? present?.owner : operation.ephemeral ? session : undefined;
    const entry: Entry = { key, value: JSON.parse(JSON.stringify(operation.value)) as Json, revision, owner };
    draft.set(key, entry);
    return [{ kind: "put", entry }];
  }
}

function textOf(change: Change): string {
  return change.kind === "put" ? `put ${change.entry.key}` : `deleted ${change.key}`;
}
