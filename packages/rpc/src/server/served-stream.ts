import { setImmediate as nextTurn } from "node:timers/promises";
import type { ErrorCode, Log, SkylarkError } from "@skylark/core";
import type { Link } from "../connection/link.js";
import { WriteWindow } from "../connection/window.js";
import type { Encoded } from "../wire/codec.js";
import { encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import type { Messages } from "./messages.js";
import { refusals } from "./refusals.js";
import type { ServerCall } from "./server-call.js";
import type { Open } from "./stack.js";
import { failureOf, thrownBy } from "./thrown.js";

type ServedState =
  /** Its input is being checked. */
  | { kind: "opening" }
  | { kind: "flowing"; messages: Messages }
  /** The credit is spent: its handler is not asked for more. */
  | { kind: "held"; messages: Messages; go: () => void }
  | { kind: "ended" };

export interface ServedStreamParts {
  readonly call: ServerCall;
  readonly link: Link;
  readonly log: Log;
  /** The longest message that the caller takes. */
  readonly messageBytesMax: number;
  /** It has ended: in its own way, or because nobody waits for it any more. `code`: undefined where it failed at nothing. */
  readonly released: (end: "answered" | "dropped", code: ErrorCode | undefined) => void;
}

/**
 * The far end of a server stream (clauses RPC-SERVER-STREAM-*): asks the handler for a message whenever there is credit for
 * one, so that none ever waits here. Owned by the connection that the request came by.
 */
export class ServedStream {
  readonly #parts: ServedStreamParts;
  readonly #window = new WriteWindow();
  #state: ServedState = { kind: "opening" };

  constructor(parts: ServedStreamParts) {
    this.#parts = parts;
  }

  get service(): string {
    return this.#parts.call.service;
  }

  /** From the handler's beginning to the end, whoever ends it. */
  async run(open: Open, args: unknown[]): Promise<void> {
    const { call, link } = this.#parts;
    let messages: Messages;
    try {
      messages = await open(call, args);
    } catch (thrown) {
      return this.#threw(thrown);
    }
    if (this.#state.kind === "ended") return this.#leave(messages);
    this.#state = { kind: "flowing", messages };
    link.control(frameKinds.credit, call.stream, begun);
    await this.#flow(messages);
  }

  /** It does not begin. */
  refuse(failure: Failure): void {
    this.#fail(failure);
  }

  /** The payload of a CREDIT. What it throws ends the connection. */
  grant(bytes: Buffer, start: number, end: number): void {
    this.#window.grant(bytes, start, end);
    const state = this.#state;
    if (state.kind !== "held" || !this.#window.isOpen) return;
    this.#state = { kind: "flowing", messages: state.messages };
    state.go();
  }

  /** Nobody waits for it any more. `code`: what it is counted as. */
  drop(why: SkylarkError, code: ErrorCode = "cancelled"): void {
    if (this.#state.kind === "ended") return;
    const { call } = this.#parts;
    const messages = this.#end("dropped", code);
    call.abort(why);
    if (messages) this.#leave(messages);
  }

  /** It must end here; the caller is told why, and may go elsewhere. */
  abandon(why: SkylarkError): void {
    if (this.#state.kind === "ended") return;
    const { code, message, options } = Failure.of(why);
    this.#say(new Failure(code, message, { ...options, notExecuted: !this.#parts.call.started }));
    this.drop(why, why.code);
  }

  async #flow(messages: Messages): Promise<void> {
    try {
      for (let sent = 1; await this.#mayWrite(messages); sent++) {
        const step = await messages.next();
        if (this.#hasEnded) return;
        if (step.done) return this.#finish();
        this.#send(step.value);
        if (sent % messagesPerTurn === 0) await nextTurn();
        if (this.#parts.link.isBehind) await this.#parts.link.caughtUp();
      }
    } catch (thrown) {
      this.#threw(thrown);
    }
  }

  /** Asked anew each time: after a wait the state is not what it was before. */
  get #hasEnded(): boolean {
    return this.#state.kind === "ended";
  }

  #mayWrite(messages: Messages): boolean | Promise<boolean> {
    if (this.#hasEnded) return false;
    if (this.#window.isOpen) return true;
    return new Promise((resolve) => {
      this.#state = { kind: "held", messages, go: () => resolve(!this.#hasEnded) };
    });
  }

  #send(message: unknown): void {
    const { call, link, messageBytesMax } = this.#parts;
    let encoded: Encoded;
    try {
      encoded = link.encode(message, "message", 0);
    } catch (thrown) {
      return this.#fail(refusals.unsendable(call, thrown));
    }
    const size = encoded.end - encoded.start;
    if (size > messageBytesMax) return this.#fail(refusals.messageTooLarge(call, size, messageBytesMax));
    try {
      link.message(frameKinds.message, call.stream, undefined, encoded);
    } catch (thrown) {
      return this.#fail(failureOf(call, thrown));
    }
    this.#window.spend(size);
  }

  #threw(thrown: unknown): void {
    const { call, log } = this.#parts;
    this.#fail(failureOf(call, thrownBy(call, thrown, log)));
  }

  #fail(failure: Failure): void {
    if (this.#hasEnded) return;
    const messages = this.#end("answered", failure.code);
    this.#say(failure);
    if (messages) this.#leave(messages); // it may not be its handler that failed
  }

  #finish(): void {
    this.#end("answered", undefined);
    this.#parts.link.inOrder(frameKinds.end, this.#parts.call.stream);
  }

  #say(failure: Failure): void {
    this.#parts.link.bytes(frameKinds.failure, this.#parts.call.stream, encodeFailure(failure));
  }

  /** Off the books. Answers with what is to be left, where the handler has begun. */
  #end(how: "answered" | "dropped", code: ErrorCode | undefined): Messages | undefined {
    const state = this.#state;
    this.#state = { kind: "ended" };
    this.#parts.released(how, code);
    if (state.kind === "held") state.go();
    return state.kind === "flowing" || state.kind === "held" ? state.messages : undefined;
  }

  /** Its handler may take its time, or fail at it: nobody waits. */
  #leave(messages: Messages): void {
    const { call, link } = this.#parts;
    messages.end().catch((thrown: unknown) => link.report(`leaving ${call.service}.${call.method}`, thrown));
  }
}

/** A credit of nothing: the handler has begun (RPC-SERVER-STREAM-2). */
const begun = Buffer.alloc(4);
/** Small messages would else keep everybody else waiting for as long as the credit lasts. */
const messagesPerTurn = 128;
