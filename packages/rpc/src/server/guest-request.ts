import type { SkylarkError } from "@skylark/core";
import type { Metadata } from "../call-context.js";
import type { CallerIdentity } from "../wire/handshake.js";

/** A call or a server stream for which no connection of ours waits: it came by another door, or goes one way. */
export interface GuestRequest {
  readonly args: unknown[];
  readonly caller: CallerIdentity;
  /** Where it came from, for people. */
  readonly peer: string;
  /** Infinity for none. */
  readonly timeoutMs: number;
  readonly metadata: Metadata;
  /** It is, or descends from, a retry. Default: false. */
  readonly descendsFromRetry?: boolean;
}

/** A call that another door waits for. */
export interface GuestCall {
  /** What the method answered; rejects with what it threw, or why it did not run. */
  readonly outcome: Promise<unknown>;
  /** Whoever asked has gone. */
  giveUp(why: SkylarkError): void;
}

/** A server stream that another door reads. */
export interface GuestStream {
  /**
   * The next message, or that there is none. Rejects with what the handler threw, or why it had to end; then it is over. One
   * is asked for at a time: what is not asked for holds the handler back.
   */
  next(): Promise<IteratorResult<unknown>>;
  /** Whoever read has gone. */
  giveUp(why: SkylarkError): void;
}
