import type { Entry, OperationOptions, ReadOptions, SessionStatus, StoreStatus, Watch, WatchEvent } from "../port.js";
import type { StoredOperation } from "../state/operation.js";
import type { SessionListeners } from "./session-listeners.js";

/**
 * What each engine does in a way of its own; `StoreClient` makes the port of it. It is asked nothing before the arguments
 * were looked at, and nothing once it is closed.
 */
export interface Engine {
  readonly session: SessionStatus;
  readonly sessionRemainingMs: number;
  readonly listeners: SessionListeners;
  get(key: string, options: ReadOptions): Promise<Entry | undefined>;
  list(parent: string, options: ReadOptions): Promise<Entry[]>;
  children(parent: string, options: ReadOptions): Promise<string[]>;
  /** All of it or nothing, one result for each operation. There is at least one. */
  write(operations: readonly StoredOperation[], options: OperationOptions): Promise<readonly Written[]>;
  status(options: OperationOptions): Promise<StoreStatus>;
  watch(prefix: string, listener: (event: WatchEvent) => void): Watch;
  close(): Promise<void>;
}

/** What became of one operation: the entry of a create or put, whether a delete found one, nothing to say of a check. */
export type Written = Entry | boolean | undefined;

/** Default of `timeoutMs`: longer than a take-over of the host takes, shorter than a person waits. */
export const defaultTimeoutMs = 5000;
