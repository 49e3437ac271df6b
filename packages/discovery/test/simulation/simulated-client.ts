import type {
  Change,
  Coordination,
  Entry,
  Json,
  Operation,
  PutOptions,
  SessionId,
  SessionStatus,
  Watch,
  WatchEvent,
} from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import type { SimulatedStore } from "./simulated-store.js";

interface Request {
  readonly execute: (session: SessionId) => unknown;
  readonly resolve: (reply: never) => void;
  readonly reject: (why: unknown) => void;
}

interface OpenWatch {
  readonly prefix: string;
  readonly listener: (event: WatchEvent) => void;
  snapshots: number;
}

/** One process's side of the port. Requests keep their order, replies theirs, events theirs; the three do not wait for each other. */
export class SimulatedClient implements Coordination {
  session: SessionStatus;
  readonly sessionRemainingMs = 0; // there is no time here
  readonly #store: SimulatedStore;
  readonly #listeners = new Set<(status: SessionStatus) => void>();
  readonly #watches = new Set<OpenWatch>();
  /** Not sent yet: there is no session. */
  #unsent: Request[] = [];
  #toStore: Request[] = [];
  /** Sent, not answered. */
  #pending = new Set<Request>();
  #replies: (() => void)[] = [];
  #events: { readonly of: "watch" | "session"; readonly arrive: () => void }[] = [];

  constructor(store: SimulatedStore, id: SessionId) {
    this.#store = store;
    this.session = { kind: "established", id, ttlMs: 1000 };
  }

  get listeners(): number {
    return this.#listeners.size + this.#watches.size;
  }

  /** What could happen next: one name per queue that is not empty. */
  get moves(): readonly ("store" | "reply" | "event")[] {
    return [
      ...(this.#toStore.length > 0 ? (["store"] as const) : []),
      ...(this.#replies.length > 0 ? (["reply"] as const) : []),
      ...(this.#events.length > 0 ? (["event"] as const) : []),
    ];
  }

  deliver(move: "store" | "reply" | "event"): void {
    if (move === "store") this.#executeNext();
    else if (move === "reply") this.#replies.shift()?.();
    else this.#events.shift()?.arrive();
  }

  /** Whether there was anything. */
  deliverAll(): boolean {
    const any = this.moves.length > 0;
    for (let [move] = this.moves; move; [move] = this.moves) this.deliver(move);
    return any;
  }

  /** The connection is lost. Requests that had reached the store are done, their answers lost; the others are lost themselves. */
  cut(): void {
    if (this.session.kind !== "established") return;
    this.#loseConnection();
    this.#become({ kind: "suspended", id: this.session.id });
  }

  /** The connection is back: the same session if it still lives, else another. */
  reconnect(): void {
    if (this.session.kind !== "suspended") return;
    const { id } = this.session;
    if (this.#store.isAlive(id)) this.#establish(id);
    else this.#learnExpired(id);
  }

  /** The session ends in the store; the client hears of it later, when the event arrives. */
  expire(): void {
    if (this.session.kind !== "established" && this.session.kind !== "suspended") return;
    const { id, kind } = this.session;
    this.#store.endSession(id);
    if (kind === "established") this.#events.push({ of: "session", arrive: () => this.#hearExpired(id) });
  }

  /** A store that keeps its promises loses no watch events; whoever checks for himself survives it. */
  dropEvents(): void {
    this.#events = this.#events.filter((event) => event.of === "session");
  }

  /** The store tells of one atomic write. */
  tell(changes: readonly Change[]): void {
    if (this.session.kind !== "established") return;
    for (const watch of this.#watches) {
      const seen = changes.filter((change) => isAtOrBelow(keyOf(change), watch.prefix));
      if (seen.length > 0) this.#queue(watch, () => ({ kind: "changes", changes: seen }));
    }
  }

  onSession(listener: (status: SessionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  watch(prefix: string, listener: (event: WatchEvent) => void): Watch {
    if (this.session.kind === "closed") throw closedError();
    const watch: OpenWatch = { prefix, listener, snapshots: 0 };
    this.#watches.add(watch);
    if (this.session.kind === "established") this.#askSnapshot(watch);
    return { close: () => void this.#watches.delete(watch) };
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#request(() => this.#store.read(key));
  }

  list(parent: string): Promise<Entry[]> {
    return this.#request(() =>
      this.#store.below(parent).filter(({ key }) => !key.slice(parent.length + 1).includes("/")),
    );
  }

  children(parent: string): Promise<string[]> {
    const name = ({ key }: Entry): string => key.slice(parent.length + 1).split("/")[0] ?? "";
    return this.#request(() => [...new Set(this.#store.below(parent).map(name))].toSorted());
  }

  create(key: string, value: Json, options: { readonly ephemeral?: boolean } = {}): Promise<Entry> {
    return this.#writeOne({ kind: "create", key, value, ephemeral: options.ephemeral ?? false });
  }

  put(key: string, value: Json, { revision }: PutOptions = {}): Promise<Entry> {
    return this.#writeOne({ kind: "put", key, value, ...(revision && { revision }) });
  }

  delete(key: string, { revision }: PutOptions = {}): Promise<boolean> {
    const operation: Operation = { kind: "delete", key, ...(revision && { revision }) };
    return this.#request((session) => this.#store.write(session, [operation]).deleted > 0);
  }

  multi(operations: readonly Operation[]): Promise<Entry[]> {
    return this.#request((session) => this.#store.write(session, operations).entries);
  }

  async status(): Promise<never> {
    throw new SkylarkError("unimplemented", "a simulated store has nothing to say of itself");
  }

  async close(): Promise<void> {
    if (this.session.kind === "closed") return;
    if ("id" in this.session) this.#store.endSession(this.session.id);
    this.#loseConnection();
    for (const request of this.#unsent.splice(0)) request.reject(closedError());
    this.#watches.clear();
    this.#become({ kind: "closed" });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #writeOne(operation: Operation): Promise<Entry> {
    return this.#request((session) => this.#store.write(session, [operation]).entries[0] as Entry);
  }

  #request<T>(execute: (session: SessionId) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.session.kind === "closed") return reject(closedError());
      const request: Request = { execute, resolve, reject };
      if (this.session.kind === "established") this.#send(request);
      else this.#unsent.push(request);
    });
  }

  #send(request: Request): void {
    this.#toStore.push(request);
    this.#pending.add(request);
  }

  #executeNext(): void {
    const request = this.#toStore.shift();
    if (!request || !("id" in this.session)) return;
    const answer = this.#answerOf(request, this.session.id);
    this.#replies.push(() => {
      if (this.#pending.delete(request)) answer();
    });
  }

  #answerOf(request: Request, session: SessionId): () => void {
    try {
      const reply = request.execute(session) as never;
      return () => request.resolve(reply);
    } catch (why) {
      return () => request.reject(why);
    }
  }

  #loseConnection(): void {
    this.#toStore = [];
    this.#replies = [];
    this.#events = [];
    const lost = new SkylarkError("unavailable", "the connection was lost", { reason: "CONNECTION_LOST" });
    for (const request of this.#pending) request.reject(lost);
    this.#pending.clear();
  }

  #hearExpired(id: SessionId): void {
    if (!("id" in this.session) || this.session.id !== id) return;
    this.#loseConnection();
    this.#learnExpired(id);
  }

  #learnExpired(id: SessionId): void {
    this.#become({ kind: "expired", id });
    this.#become({ kind: "connecting" });
    const arrive = (): void => {
      if (this.session.kind === "connecting") this.#establish(this.#store.openSession());
    };
    this.#events.push({ of: "session", arrive });
  }

  #establish(id: SessionId): void {
    this.#become({ kind: "established", id, ttlMs: 1000 });
    for (const watch of this.#watches) this.#askSnapshot(watch);
    for (const request of this.#unsent.splice(0)) this.#send(request);
  }

  #askSnapshot(watch: OpenWatch): void {
    // taken and queued in one step: what changes afterwards is queued behind it
    const entries = this.#store.below(watch.prefix);
    this.#queue(watch, () => ({ kind: "snapshot", entries, resync: watch.snapshots++ > 0 }));
  }

  #queue(watch: OpenWatch, event: () => WatchEvent): void {
    const arrive = (): void => void (this.#watches.has(watch) && watch.listener(event()));
    this.#events.push({ of: "watch", arrive });
  }

  #become(status: SessionStatus): void {
    this.session = status;
    for (const listener of this.#listeners) listener(status);
  }
}

function keyOf(change: Change): string {
  return change.kind === "put" ? change.entry.key : change.key;
}

function isAtOrBelow(key: string, prefix: string): boolean {
  return key === prefix || key.startsWith(`${prefix}/`);
}

function closedError(): SkylarkError {
  return new SkylarkError("failed_precondition", "the session was closed");
}
