import { SkylarkError } from "@skylark/core";
import { decodeValue } from "../wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds, wireLimits } from "../wire/frame.js";
import { protocolError } from "../wire/protocol-error.js";
import type { Link } from "./link.js";
import type { MessageStream } from "./message-stream.js";
import { ReadWindow, WriteWindow } from "./window.js";

type StreamState =
  | { kind: "open" }
  /** Closed here, while messages still wait for credit. What arrives is not delivered any more. */
  | { kind: "closing" }
  /** Nothing is sent any more. Messages that came before its end may still wait for a listener. */
  | { kind: "ended" };

interface EarlyMessage {
  readonly message: unknown;
  readonly weight: number;
}

/** What a stream needs of the connection that it belongs to. */
export interface StreamParts {
  readonly id: number;
  readonly link: Link;
  /** The longest message that the other side takes. */
  readonly messageBytesMax: number;
  /** It has ended: its id means nothing any more. */
  readonly released: () => void;
}

/** A MessageStream on a link, the same at both ends (clauses RPC-STREAM-*). Its connection owns it. */
export class CreditedStream implements MessageStream {
  readonly id: number;
  readonly #link: Link;
  readonly #messageBytesMax: number;
  readonly #released: () => void;
  #state: StreamState = { kind: "open" };
  readonly #writing = new WriteWindow();
  readonly #reading = new ReadWindow();
  /** Messages for which there was no credit. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #refused = false;
  #early: EarlyMessage[] | undefined = [];
  #earlyEnd: { error: SkylarkError | undefined } | undefined;
  #onMessage: MessageStream["onMessage"] = () => {};
  onEnd: MessageStream["onEnd"] = () => {};
  onWritable: MessageStream["onWritable"] = () => {};

  constructor({ id, link, messageBytesMax, released }: StreamParts) {
    this.id = id;
    this.#link = link;
    this.#messageBytesMax = messageBytesMax;
    this.#released = released;
  }

  get writable(): boolean {
    return this.#state.kind === "open" && this.#writing.isOpen && this.#waiting.length === 0;
  }

  get onMessage(): MessageStream["onMessage"] {
    return this.#onMessage;
  }

  set onMessage(listener: MessageStream["onMessage"]) {
    this.#onMessage = listener;
    const early = this.#early;
    this.#early = undefined;
    for (const { message, weight } of early ?? []) {
      if (this.#state.kind === "open" || this.#earlyEnd) this.#deliver(message, weight);
    }
    const end = this.#earlyEnd;
    this.#earlyEnd = undefined;
    if (end) this.#tellEnd(end.error);
  }

  send(message: unknown): boolean {
    if (this.#state.kind !== "open") return false;
    const encoded = this.#link.encode(message, "message", 0);
    const { bytes, start, end } = encoded;
    const size = end - start;
    if (size > this.#messageBytesMax) throw tooLarge(size, this.#messageBytesMax);
    if (!this.writable) {
      if (this.#waitingBytes + size > wireLimits.outboxBytesMax) throw tooMany(this.#waitingBytes);
      this.#waiting.push(Buffer.from(bytes.subarray(start, end)));
      this.#waitingBytes += size;
      return false;
    }
    this.#link.message(frameKinds.message, this.id, undefined, encoded);
    this.#writing.spend(size);
    this.#refused = !this.#writing.isOpen;
    return !this.#refused;
  }

  close(): void {
    this.#stopReading();
    if (this.#state.kind !== "open") return;
    if (this.#waiting.length > 0) this.#state = { kind: "closing" };
    else this.#sayEnd();
  }

  reset(error: SkylarkError): void {
    this.#stopReading();
    if (this.#state.kind !== "ended") this.#sayFailure(error);
  }

  /** Ends it for both sides: neither asked for it. */
  abort(error: SkylarkError): void {
    const isKnown = this.#state.kind === "closing" || (this.#state.kind === "ended" && !this.#earlyEnd);
    this.reset(error);
    if (!isKnown) this.#tellEnd(error);
  }

  /** A frame for this stream arrived. What it throws ends the connection. */
  received(kind: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind === "ended") return;
    if (kind === frameKinds.message) this.#take(bytes, start, end);
    else if (kind === frameKinds.credit) this.#grant(bytes, start, end);
    else if (kind === frameKinds.end) this.lost(undefined);
    else if (kind === frameKinds.failure) this.lost(decodeFailure(bytes, start, end).toError());
    else if (kind === frameKinds.cancel) this.lost(new SkylarkError("cancelled", "the other side gave the stream up"));
    else throw protocolError(`frame kind ${kind} does not belong to a stream`);
  }

  /** The other side ended it, or its connection is gone. */
  lost(error: SkylarkError | undefined): void {
    if (this.#state.kind === "ended") return;
    const wasOpen = this.#state.kind === "open";
    this.#link.forget(this.id);
    this.#end();
    if (!wasOpen) return;
    if (this.#early) this.#earlyEnd = { error };
    else this.#tellEnd(error);
  }

  #take(bytes: Buffer, start: number, end: number): void {
    const weight = end - start;
    this.#reading.arrived(weight, this.id);
    if (this.#state.kind !== "open") return;
    let message: unknown;
    try {
      message = decodeValue(bytes, start, end);
    } catch (thrown) {
      return this.abort(SkylarkError.from(thrown)); // the value is bad, the frames are not: the connection lives
    }
    if (this.#early) this.#early.push({ message, weight });
    else this.#deliver(message, weight);
  }

  #deliver(message: unknown, weight: number): void {
    try {
      this.#onMessage(message);
    } catch (thrown) {
      this.#link.report(`the listener of a stream with ${this.#link.peer}`, thrown);
      return this.abort(SkylarkError.from(thrown, "internal"));
    }
    const credit = this.#state.kind === "open" ? this.#reading.read(weight) : undefined;
    if (credit) this.#link.control(frameKinds.credit, this.id, credit);
  }

  #grant(bytes: Buffer, start: number, end: number): void {
    this.#writing.grant(bytes, start, end);
    while (this.#writing.isOpen && this.#state.kind !== "ended") {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#writing.spend(next.length);
      this.#waitingBytes -= next.length;
      this.#link.bytes(frameKinds.message, this.id, next);
    }
    if (this.#state.kind === "closing" && this.#waiting.length === 0) this.#sayEnd();
    if (!this.#refused || !this.writable) return;
    this.#refused = false;
    this.#tell("onWritable", () => this.onWritable());
  }

  #stopReading(): void {
    this.#early = undefined;
    this.#earlyEnd = undefined;
    this.#link.forgetIncoming(this.id);
  }

  #sayFailure(error: SkylarkError): void {
    this.#link.forget(this.id);
    this.#link.bytes(frameKinds.failure, this.id, encodeFailure(Failure.of(error)));
    this.#end();
  }

  #sayEnd(): void {
    this.#link.inOrder(frameKinds.end, this.id);
    this.#end();
  }

  #end(): void {
    if (this.#state.kind === "ended") return; // sending the last word may have ended the connection
    this.#state = { kind: "ended" };
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#released();
  }

  #tellEnd(error: SkylarkError | undefined): void {
    this.#tell("onEnd", () => this.onEnd(error));
  }

  #tell(name: string, call: () => void): void {
    try {
      call();
    } catch (thrown) {
      this.#link.report(`${name} of a stream with ${this.#link.peer}`, thrown);
    }
  }
}

function tooLarge(bytes: number, most: number): SkylarkError {
  return new SkylarkError(
    "resource_exhausted",
    `a message of ${bytes} bytes: the other side takes ${most} (messageBytesMax)`,
    { reason: "MESSAGE_TOO_LARGE" },
  );
}

function tooMany(bytes: number): SkylarkError {
  return new SkylarkError(
    "resource_exhausted",
    `the other side does not read: ${bytes} bytes wait for it already; send while the stream is writable`,
  );
}
