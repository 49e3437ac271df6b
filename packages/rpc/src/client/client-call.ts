import type { PickContext } from "@skylark/balance";
import { type AmbientCall, type Metadata, requestIdKey } from "../call-context.js";
import { Failure } from "../wire/failure.js";

/** Options of a single call. They go beside its arguments, not among them. */
export interface CallOptions {
  /** Default: 5000 ms, or what is left of the call being served, whichever is less. `Infinity` for none. */
  readonly timeoutMs?: number | undefined;
  /** Gives the call up: it fails `cancelled` at once, and its handler's signal aborts. */
  readonly signal?: AbortSignal | undefined;
  /** While no instance is there: wait for one until the deadline (default), or fail `unavailable` at once. */
  readonly wait?: boolean | undefined;
  /** Travels with the call; the handler reads it from `call().metadata`. */
  readonly metadata?: Metadata | undefined;
  /** For balancers that choose by key. */
  readonly key?: string | undefined;
}

/** What ends at once when its caller gives up. */
export interface Underway {
  giveUp(why: Failure): void;
}

/** One call as its way through the client sees it, whichever attempt it is at. */
export class ClientCall implements PickContext {
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: CallOptions;
  /** The call being served where this one is made. */
  readonly ambient: AmbientCall | undefined;
  /** On the local monotonic clock; Infinity for none. Moves for streams only. */
  deadlineAt: number;
  /** The request that this call is part of. */
  requestId: string | undefined = undefined;
  /** What its requests say beside (RPC-CALL-2). */
  flags = 0;
  attempt = 1;
  /** Attempts so far that may have cost an instance work, the first one aside. */
  retries = 0;
  /** Where the last attempt went. */
  instance: string | undefined = undefined;
  avoid: Set<string> | undefined = undefined;
  /** Whether the last attempt left this process: then it may have run. */
  sent = false;
  /** An attempt before the last one may have run: whatever comes of the last, the call as a whole may have run. */
  mayHaveRun = false;
  /** Whether the method may run twice, as far as the last attempt's instance said. */
  idempotent = false;
  /** The attempt, or the wait for an instance, that is under way. */
  underway: Underway | undefined = undefined;
  /** Set once the caller gave up: no further attempt. */
  givenUp: Failure | undefined = undefined;

  constructor(
    service: string,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    ambient: AmbientCall | undefined,
    deadlineAt: number,
  ) {
    this.service = service;
    this.method = method;
    this.args = args;
    this.options = options;
    this.ambient = ambient;
    this.deadlineAt = deadlineAt;
  }

  get key(): string | undefined {
    return this.options.key;
  }

  /** What travels along: the caller's own word, before that of the request it is part of. */
  get metadata(): Metadata | undefined {
    const { metadata } = this.options;
    return this.requestId === undefined ? metadata : { [requestIdKey]: this.requestId, ...metadata };
  }

  get name(): string {
    return `${this.service}.${this.method}`;
  }

  /** Nothing below it may retry what may have run: somebody above does. */
  get descendsFromRetry(): boolean {
    return this.retries > 0 || this.ambient?.descendsFromRetry === true;
  }

  /** The next attempt goes elsewhere, where there is an elsewhere. */
  tryElsewhere(): void {
    this.attempt++;
    if (this.instance === undefined) return;
    this.avoid ??= new Set();
    this.avoid.add(this.instance);
  }

  /** The caller does not want it any more. */
  cancel(why: Failure): void {
    if (this.givenUp) return;
    this.givenUp = why;
    this.underway?.giveUp(why);
  }

  /** Its attempt left, and its connection ended before the answer. */
  lost(why: string): Failure {
    return new Failure("unknown", `${this.name} was sent and may have run: ${why}`, { reason: "CONNECTION_LOST" });
  }

  deadlineExceeded(): Failure {
    const waited = this.options.timeoutMs === undefined ? "" : ` of ${this.options.timeoutMs} ms`;
    const where = this.sent
      ? "was sent, but not answered within its deadline"
      : "found no instance within its deadline";
    return new Failure("deadline_exceeded", `${this.name} ${where}${waited}`);
  }
}

/** How a call ended: the value itself, or a Failure. Errors are made at the call site, so that the stack is the caller's. */
export type Outcome = unknown;

/** An outcome, or the promise of one. */
export type EventualOutcome = unknown;

/** One step on a call's way. */
export type Send = (call: ClientCall) => EventualOutcome;
