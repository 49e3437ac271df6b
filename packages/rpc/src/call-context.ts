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
  /** The id of the request at the root of this tree of calls; undefined where nobody gave one. */
  readonly requestId: string | undefined;
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

/** The metadata under which the id of a request travels (RPC-CALL-9). */
export const requestIdKey = "skylark.request";

/** A longer one is nobody's: it would travel with every call of the tree. */
export const requestIdLettersMax = 128;

/** A request that came by another door than a call. Calls made inside carry its id; nothing else of it. */
class RequestScope {
  readonly requestId: string;
  readonly call: AmbientCall | undefined;

  constructor(requestId: string, call: AmbientCall | undefined) {
    this.requestId = requestId;
    this.call = call;
  }
}

const ambient = new AsyncLocalStorage<AmbientCall | RequestScope | undefined>();

/** The call being served here, if any. */
export function ambientCall(): AmbientCall | undefined {
  const here = ambient.getStore();
  return here instanceof RequestScope ? here.call : here;
}

/**
 * The id of the request being served here, kept along the whole tree of calls below it; undefined where nobody gave one.
 *
 * @example
 * throw new Error(`out of paper (request ${requestId()})`);
 */
export function requestId(): string | undefined {
  return ambient.getStore()?.requestId;
}

/**
 * Serves `run` as part of the request with this id, which came by another door than a call, such as HTTP. All calls made
 * inside, and all that they lead to, carry the id. Fails `invalid_argument` where it is empty or longer than 128 letters.
 */
export function insideRequest<T>(id: string, run: () => T): T {
  if (id.length > 0 && id.length <= requestIdLettersMax) return ambient.run(new RequestScope(id, ambientCall()), run);
  const what = id.length === 0 ? "an empty text" : `a text of ${id.length} letters`;
  throw new SkylarkError(
    "invalid_argument",
    `${what} is no id of a request: it has 1 to ${requestIdLettersMax} letters`,
  );
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
  const current = ambientCall();
  if (current) return current;
  throw new SkylarkError("failed_precondition", "call() was asked outside a handler: no call is being served here");
}

/** Runs `work` outside the call being served: background work that outlives it inherits neither deadline, cancellation nor the id of its request. */
export function detached<T>(work: () => T): T {
  return ambient.getStore() === undefined ? work() : ambient.run(undefined, work);
}
