import type { Revision, SessionId } from "../port.js";
import type { StoredChange } from "../state/effect.js";
import type { StoredOperation } from "../state/operation.js";
import type { StoredEntry } from "../state/tree.js";

/**
 * What a client and the embedded store say to each other: one stream each, both ways in order, so that a keep-alive, an
 * answer and an event can never overtake one another.
 */
export const coordinationService = { name: "coordination", version: "1", stream: "session" } as const;

/** Part of the first message: sides of different versions refuse each other by name. */
export const coordinationProtocolVersion = 1;

/** A session as its client remembers it across connections. */
export interface KnownSession {
  readonly id: SessionId;
  /** The store that granted it; which of that store's hosts it met last, by number and by mark. */
  readonly storeId: string;
  readonly epoch: number;
  readonly hostTag: string;
}

export type CallRequest =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "list"; readonly parent: string }
  | { readonly kind: "children"; readonly parent: string }
  | { readonly kind: "write"; readonly operations: readonly StoredOperation[] };

export type ClientMessage =
  /** First of all, and again after `expired`. `session`: the one to resume; null asks for a new one. */
  | { readonly kind: "hello"; readonly version: number; readonly ttlMs: number; readonly session: KnownSession | null }
  /** Answered by `alive` with the same number. */
  | { readonly kind: "keepAlive"; readonly number: number }
  | { readonly kind: "call"; readonly call: number; readonly request: CallRequest }
  | { readonly kind: "watch"; readonly watch: number; readonly prefix: string }
  | { readonly kind: "unwatch"; readonly watch: number }
  /** Ends the session in order. Answered by `left`. */
  | { readonly kind: "leave" };

/** What a write tells of one operation: of a create or put, the new entry's mark; of a delete, whether there was one. */
export type WriteResult = { readonly revision: Revision; readonly owner: SessionId | undefined } | boolean | null;

export interface FailedCall {
  readonly kind: "failed";
  readonly call: number;
  readonly code: number;
  readonly message: string;
  readonly reason: string | null;
  readonly notExecuted: boolean;
}

/** `more`: the rest follows in further messages of the same kind. */
export type HostMessage =
  | ({ readonly kind: "welcome"; readonly ttlMs: number } & { readonly session: KnownSession })
  | { readonly kind: "alive"; readonly number: number }
  | { readonly kind: "expired" }
  | { readonly kind: "left" }
  | FailedCall
  | { readonly kind: "entry"; readonly call: number; readonly entry: StoredEntry | null }
  | {
      readonly kind: "entries";
      readonly call: number;
      readonly entries: readonly StoredEntry[];
      readonly more: boolean;
    }
  | { readonly kind: "names"; readonly call: number; readonly names: readonly string[]; readonly more: boolean }
  | { readonly kind: "written"; readonly call: number; readonly results: readonly WriteResult[] }
  | {
      readonly kind: "snapshot";
      readonly watch: number;
      readonly entries: readonly StoredEntry[];
      readonly more: boolean;
    }
  | {
      readonly kind: "changes";
      readonly watch: number;
      readonly changes: readonly StoredChange[];
      readonly more: boolean;
    };

export const protocolLimits = {
  /** Calls of one client that may wait for their answer at the host. */
  callsInFlightMax: 1024,
  /** Open watches of one client. */
  watchesMax: 4096,
  /** Entries, names and changes travel in messages of about this size: several fit into the stream's credit. */
  pageBytes: 64 * 1024,
} as const;
