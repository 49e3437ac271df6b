import { AsyncLocalStorage } from "node:async_hooks";
import { SkylarkError } from "@skylark/core";
import type { CallerIdentity } from "./wire/handshake.js";

/** User key-values that travel with a call. */
export type Metadata = Readonly<Record<string, string>>;

/** What a handler may know of the call it serves. */
export interface Call {
  readonly service: string;
  readonly method: string;
  /** Aborts when the caller gives up, its deadline passes, or the connection is lost. */
  readonly signal: AbortSignal;
  /** Milliseconds until nobody waits for the answer any more; Infinity without a deadline. */
  readonly remainingMs: number;
  readonly caller: CallerIdentity;
  /** The instance at the other end of the connection, for people. */
  readonly peer: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly metadata: Metadata;
}

/** What calls made inside a handler inherit from the call being served. */
export interface AmbientCall extends Call {
  /** On the local monotonic clock; Infinity without a deadline. */
  readonly deadlineAt: number;
  /** It is, or descends from, a retry: nothing below it retries what may have run. */
  readonly descendsFromRetry: boolean;
  /** Why nobody waits any more, once that is so. */
  readonly aborted: SkylarkError | undefined;
  /** Runs `listener` when the call is aborted. Returns what takes it back. */
  onAborted(listener: (why: SkylarkError) => void): () => void;
}

const ambient = new AsyncLocalStorage<AmbientCall | undefined>();

/** The call being served here, if any. */
export function ambientCall(): AmbientCall | undefined {
  return ambient.getStore();
}

/** Serves `run` inside `call`: what it calls inherits deadline and cancellation. */
export function insideCall<T>(call: AmbientCall, run: () => T): T {
  return ambient.run(call, run);
}

/**
 * The call being served here: its signal, deadline, caller and metadata.
 * Outside a handler: `failed_precondition`.
 */
export function call(): Call {
  const current = ambient.getStore();
  if (current) return current;
  throw new SkylarkError("failed_precondition", "call() was asked outside a handler: no call is being served here");
}

/** Runs `work` outside the call being served: background work that outlives it inherits neither deadline nor cancellation. */
export function detached<T>(work: () => T): T {
  return ambient.getStore() === undefined ? work() : ambient.run(undefined, work);
}
