import type { ErrorCode } from "@skylark/core";
import type { Metadata } from "../call-context.js";
import type { CallerIdentity } from "../wire/handshake.js";

/** What a thread is given when it starts. */
export interface ThreadTask {
  /** Tells our threads from those of the program. */
  readonly skylark: "service thread";
  readonly service: string;
  /** The module whose functions are the methods. */
  readonly module: string;
  readonly style: HandlerStyle;
  /** `flagsPerCall` for each call that may run at once. */
  readonly flags: Int32Array;
}

/** Which call is cancelled, and by which code. */
export const flagsPerCall = 2;

/** How a function is called: with the caller's arguments, or as the handler of a contract, with its input and the call. */
export type HandlerStyle = "plain" | "contract";

/** What a handler may know of its call, as far as it can be told to another thread. */
export interface CallFacts {
  readonly method: string;
  /** Of the time that the caller allowed; undefined without a deadline. */
  readonly remainingMs: number | undefined;
  readonly caller: CallerIdentity;
  readonly peer: string;
  readonly attempt: number;
  readonly descendsFromRetry: boolean;
  readonly requestId: string | undefined;
  readonly metadata: Metadata;
}

/** Values travel as they do over the wire, in the wire's own codec. */
export type ToThread =
  | {
      readonly kind: "call";
      /** Unique within its thread while that lives. */
      readonly id: number;
      /** Whose flags are the call's. */
      readonly slot: number;
      readonly shape: "unary" | "server-stream";
      readonly facts: CallFacts;
      readonly args: Uint8Array<ArrayBuffer>;
    }
  /** Follows the flag, for handlers that let the event loop turn. */
  | { readonly kind: "cancel"; readonly id: number; readonly code: ErrorCode; readonly message: string }
  /** Asks a stream for its next message. The call itself has asked for the first. */
  | { readonly kind: "next"; readonly id: number }
  /** Nobody reads the stream any more. */
  | { readonly kind: "leave"; readonly id: number };

export interface ThreadMethod {
  readonly name: string;
  readonly shape: "unary" | "server-stream";
}

export type FromThread =
  | { readonly kind: "ready"; readonly methods: readonly ThreadMethod[] }
  /** The module cannot be loaded, or offers nothing. */
  | { readonly kind: "refused"; readonly message: string }
  /** It has told the handler of a call that nobody waits any more: its event loop turns. */
  | { readonly kind: "heard"; readonly id: number }
  | ThreadAnswer;

export type ThreadAnswer =
  /** One message of a stream. */
  { readonly kind: "message"; readonly id: number; readonly value: Uint8Array<ArrayBuffer> } | ThreadEnd;

/** The last of a call: its place on the thread is free again. */
export type ThreadEnd =
  | { readonly kind: "result"; readonly id: number; readonly value: Uint8Array<ArrayBuffer> }
  /** Of a stream. */
  | { readonly kind: "end"; readonly id: number }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly failure: Uint8Array<ArrayBuffer>;
      /** Where it was thrown, for the log of the process. */
      readonly trace: string | undefined;
    };
