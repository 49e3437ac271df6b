/** What an entry may hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An opaque token that changes with every write of its entry. Compare it for equality, nothing else (COORD-PORT-5). */
export type Revision = string & { readonly __revision: unique symbol };

export type SessionId = string & { readonly __sessionId: unique symbol };

export interface Entry {
  /**
   * `/services/grading/127.0.0.1:4000~k3f9`: segments of `A-Z a-z 0-9 . _ : @ + ~ [ ] -`, absolute, no trailing slash,
   * none of them `.` or `..` (COORD-PORT-1). `/` itself is no key; it stands for the root as a parent and as a watch's prefix.
   */
  readonly key: string;
  readonly value: Json;
  readonly revision: Revision;
  /** The session whose end removes it; undefined for a persistent entry. */
  readonly owner: SessionId | undefined;
}

/** One step of an atomic write. */
export type Operation =
  | { readonly kind: "create"; readonly key: string; readonly value: Json; readonly ephemeral?: boolean }
  | { readonly kind: "put"; readonly key: string; readonly value: Json; readonly revision?: Revision }
  | { readonly kind: "delete"; readonly key: string; readonly revision?: Revision }
  | { readonly kind: "check"; readonly key: string; readonly revision: Revision | undefined };

export type Change =
  | { readonly kind: "put"; readonly entry: Entry }
  | { readonly kind: "deleted"; readonly key: string };

/**
 * A watch tells the whole truth first, then what changed. After every event the watcher holds what the store held at one
 * instant, and instants only go forward: an atomic write, or the end of a session, is never seen by half. One `changes`
 * event is one write where the engine tells them apart, and several at once where it does not (ZooKeeper): what was
 * overwritten or deleted meanwhile is then never seen. Whenever continuity was lost, and always after a session was lost,
 * the whole truth comes again, as a snapshot with `resync` (false only for the first): the watcher replaces what it knew.
 */
export type WatchEvent =
  | { readonly kind: "snapshot"; readonly entries: readonly Entry[]; readonly resync: boolean }
  | { readonly kind: "changes"; readonly changes: readonly Change[] };

export interface Watch {
  /** Ends it; no event comes afterwards. */
  close(): void;
}

/**
 * The client's contract with the store about being alive.
 *
 * `established` and `suspended` may alternate while connections come and go: ephemeral entries live on. `expired` means
 * they are gone; a new session follows by itself, with another id, and owners of ephemeral entries create them again.
 */
export type SessionStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "established"; readonly id: SessionId; readonly ttlMs: number }
  | { readonly kind: "suspended"; readonly id: SessionId }
  | { readonly kind: "expired"; readonly id: SessionId }
  | { readonly kind: "closed" };

/** What a store says of itself, for people and for `sky coordination status`. */
export interface StoreStatus {
  readonly engine: "embedded" | "zookeeper" | "etcd";
  /** The member that this client is connected to, as it was dialled. */
  readonly address: string;
  /** Everyone who keeps the data, those that could not be asked included. One for the embedded store: its host. */
  readonly members: readonly StoreMember[];
  /** What is worth knowing of this engine only, in the order in which it is shown. Keys are words: `epoch`, `folder`, `bytes`. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface StoreMember {
  readonly address: string;
  /** `observer`: keeps the data and has no vote (ZooKeeper's observer, etcd's learner). */
  readonly role: "leader" | "follower" | "observer" | "unreachable";
  /** Of the program that answers, where it says so. */
  readonly version?: string | undefined;
}

export interface OperationOptions {
  /** Gives up waiting. The operation itself may still happen. */
  readonly signal?: AbortSignal;
  /** Default: 5000 ms, the wait for a lost connection to come back included. `deadline_exceeded` after it. */
  readonly timeoutMs?: number;
}

export interface ReadOptions extends OperationOptions {
  /** Linearizable: sees every write that ended before the read began. Default: false, monotonic within the session. */
  readonly fresh?: boolean;
}

export interface PutOptions extends OperationOptions {
  /** Compare-and-set: the write happens only if the entry still has this revision; else `aborted`. */
  readonly revision?: Revision;
}

/**
 * A small, consistent store. The same port for every engine, and only what every engine can really keep.
 *
 * A write whose connection is lost before its answer fails `unavailable` with reason `CONNECTION_LOST`: it may have
 * happened. Read again before trying again (COORD-PORT-6). `notExecuted` says where it certainly did not. A write that
 * waits for an ensemble which has lost its majority fails `unavailable` with reason `NO_QUORUM`, before its deadline.
 */
export interface Coordination extends AsyncDisposable {
  readonly session: SessionStatus;
  /** Calls `listener` at each change of `session`, in order. Returns what ends it. */
  onSession(listener: (status: SessionStatus) => void): () => void;
  /**
   * For how many milliseconds from now the session lives for certain, whatever happens to the connection: no entry of its
   * own goes, and nobody else can take what it holds. 0 where there is no session, where that time has run out, or where
   * nothing is sure. Falls as time passes and rises with every answered renewal, also while `suspended`.
   *
   * The store counts the TTL from the last renewal it heard. What is certain therefore counts from when the last renewal
   * that was *answered* was *sent* (the request that opened or resumed the session is one), by the monotonic or the wall
   * clock, whichever went further: the former stands still while a laptop sleeps. On ZooKeeper it counts from the
   * renewal before that one: a follower that dies within half a tick takes what it has heard with it.
   */
  readonly sessionRemainingMs: number;

  get(key: string, options?: ReadOptions): Promise<Entry | undefined>;
  /** The entries directly below `parent`, sorted by key, however many; each as of some instant during the call. */
  list(parent: string, options?: ReadOptions): Promise<Entry[]>;
  /**
   * The names of the next segments below `parent`, sorted, whether or not an entry stands at them; each has an entry at or
   * below it. Costs as much as reading everything below `parent`.
   */
  children(parent: string, options?: ReadOptions): Promise<string[]>;

  /** Fails `already_exists`; `failed_precondition` for an entry below an ephemeral one, or an ephemeral one above others. */
  create(key: string, value: Json, options?: OperationOptions & { readonly ephemeral?: boolean }): Promise<Entry>;
  /** Writes whether or not the entry exists, or, with a revision, only over that very one. Keeps its owner. */
  put(key: string, value: Json, options?: PutOptions): Promise<Entry>;
  /** Whether there was one to delete; with a revision, `aborted` where there is none. Entries below it stay. */
  delete(key: string, options?: PutOptions): Promise<boolean>;
  /**
   * Up to 64 operations, each on a key of its own, all or none; answers with the entries of its creates and puts, in order.
   * Fails with the code of the operation that does not fit, `aborted` for a check, and names its key.
   */
  multi(operations: readonly Operation[], options?: OperationOptions): Promise<Entry[]>;

  /** What the store says of itself. Asks every member that it knows, and waits for none that is silent. */
  status(options?: OperationOptions): Promise<StoreStatus>;

  /** Watches every entry at or below `prefix`. */
  watch(prefix: string, listener: (event: WatchEvent) => void): Watch;

  /**
   * Ends the session in order: its ephemeral entries go at once. What is called afterwards fails `failed_precondition`,
   * what was under way fails `cancelled`; closing again does nothing.
   */
  close(): Promise<void>;
}

/** Named limits (COORD-PORT-2), each refused with a clear error. */
export const coordinationLimits = {
  /** ZooKeeper's packets end at 1,048,575 bytes; half leaves room for the rest of a multi. As UTF-8 JSON. */
  valueBytesMax: 512 * 1024,
  operationsMax: 64,
  /** Keys and values of one atomic write together: under ZooKeeper's packet with its own words around each operation. */
  writeBytesMax: 1000 * 1024,
  /** Levels of nesting in a value: whoever reads it must not run out of stack. */
  valueDepthMax: 100,
  keyBytesMax: 512,
  /** Below it, a stalled scheduler alone would expire sessions. */
  sessionTtlMsMin: 500,
  sessionTtlMsMax: 120_000,
} as const;
