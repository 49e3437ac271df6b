import type { ErrorCode, Log, SkylarkError } from "@skylark/core";
import type { Link } from "../connection/link.js";
import { MessagePump, type PumpEnd } from "../connection/message-pump.js";
import type { Messages } from "../connection/messages.js";
import { encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import { refusals } from "./refusals.js";
import type { ServerCall } from "./server-call.js";
import type { Open } from "./stack.js";
import { failureOf, thrownBy } from "./thrown.js";

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
 * The far end of a server stream (clauses RPC-SERVER-STREAM-*): a handler whose messages are pumped to the caller, from its
 * opening to its end, whoever ends it. Owned by the connection that the request came by.
 */
export class ServedStream {
  readonly #parts: ServedStreamParts;
  /** The stream has ended when it is over. */
  readonly #pump: MessagePump;

  constructor(parts: ServedStreamParts) {
    const { call, link, messageBytesMax } = parts;
    this.#parts = parts;
    this.#pump = new MessagePump({ id: call.stream, link, messageBytesMax });
  }

  get service(): string {
    return this.#parts.call.service;
  }

  /** From the handler's beginning to the end. */
  async run(open: Open, args: unknown[]): Promise<void> {
    const { call, link } = this.#parts;
    let messages: Messages;
    try {
      messages = await open(call, args);
    } catch (thrown) {
      return this.#threw(thrown);
    }
    if (this.#pump.isOver) return this.#leave(messages);
    link.control(frameKinds.credit, call.stream, begun);
    this.#rested(await this.#pump.run(messages));
  }

  /** It does not begin. */
  refuse(failure: Failure): void {
    this.#fail(failure);
  }

  /** The payload of a CREDIT. What it throws ends the connection. */
  grant(bytes: Buffer, start: number, end: number): void {
    this.#pump.grant(bytes, start, end);
  }

  /** Nobody waits for it any more. `code`: what it is counted as. */
  drop(why: SkylarkError, code: ErrorCode = "cancelled"): void {
    if (this.#pump.isOver) return;
    const { call } = this.#parts;
    const messages = this.#end("dropped", code);
    call.abort(why);
    if (messages) this.#leave(messages);
  }

  /** It must end here; the caller is told why, and may go elsewhere. */
  abandon(why: SkylarkError): void {
    if (this.#pump.isOver) return;
    const { code, message, options } = Failure.of(why);
    this.#say(new Failure(code, message, { ...options, notExecuted: !this.#parts.call.started }));
    this.drop(why, why.code);
  }

  #rested(end: PumpEnd): void {
    const { call, messageBytesMax } = this.#parts;
    switch (end.kind) {
      case "exhausted":
        return this.#finish();
      case "stopped":
        return;
      case "threw":
        return this.#threw(end.thrown);
      case "unsendable":
        return this.#fail(refusals.unsendable(call, end.thrown));
      case "tooLarge":
        return this.#fail(refusals.messageTooLarge(call, end.bytes, messageBytesMax));
    }
  }

  #threw(thrown: unknown): void {
    const { call, log } = this.#parts;
    this.#fail(failureOf(call, thrownBy(call, thrown, log)));
  }

  #fail(failure: Failure): void {
    if (this.#pump.isOver) return;
    const messages = this.#end("answered", failure.code);
    this.#say(failure);
    if (messages) this.#leave(messages); // it may not be its handler that failed
  }

  #finish(): void {
    if (this.#pump.isOver) return;
    this.#end("answered", undefined);
    this.#parts.link.inOrder(frameKinds.end, this.#parts.call.stream);
  }

  #say(failure: Failure): void {
    this.#parts.link.bytes(frameKinds.failure, this.#parts.call.stream, encodeFailure(failure));
  }

  /** Off the books. Answers with what is to be left, where the handler has begun. */
  #end(how: "answered" | "dropped", code: ErrorCode | undefined): Messages | undefined {
    const messages = this.#pump.stop();
    this.#parts.released(how, code);
    return messages;
  }

  /** Its handler may take its time, or fail at it: nobody waits. */
  #leave(messages: Messages): void {
    const { call, link } = this.#parts;
    messages.end().catch((thrown: unknown) => link.report(`leaving ${call.service}.${call.method}`, thrown));
  }
}

/** A credit of nothing: the handler has begun (RPC-SERVER-STREAM-2). */
const begun = Buffer.alloc(4);
