import { SkylarkError } from "@skylark/core";
import { decodeValue, type Encoded, encodeValue } from "../wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds, wireLimits } from "../wire/frame.js";
import { protocolError } from "../wire/protocol-error.js";
import type { Link } from "./link.js";
import type { MessageStream } from "./message-stream.js";

type StreamState =
  | { kind: "open" }
  /** Someone has ended it; nothing is sent or delivered any more. */
  | { kind: "ended" };

/** A MessageStream on a link, the same at both ends. Its connection owns it and is told by `released` when it ends. */
export class CreditedStream implements MessageStream {
  readonly id: number;
  readonly #link: Link;
  readonly #released: () => void;
  readonly #encoded: Encoded = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  #state: StreamState = { kind: "open" };
  /** Bytes that the other side still allows. */
  #credit: number = wireLimits.streamWindowBytes;
  /** Messages for which there was no credit. */
  #waiting: Buffer[] = [];
  /** Bytes read since the other side was last told. */
  #read = 0;
  #early: { message: unknown; weight: number }[] | undefined = [];
  #earlyEnd: { error: SkylarkError | undefined } | undefined;
  #onMessage: MessageStream["onMessage"] = () => {};
  #onEnd: MessageStream["onEnd"] = () => {};
  onWritable: MessageStream["onWritable"] = () => {};

  constructor(link: Link, id: number, released: () => void) {
    this.#link = link;
    this.id = id;
    this.#released = released;
  }

  get writable(): boolean {
    return this.#state.kind === "open" && this.#credit > 0 && this.#waiting.length === 0;
  }

  set onMessage(listener: MessageStream["onMessage"]) {
    this.#onMessage = listener;
    const early = this.#early;
    this.#early = undefined;
    for (const { message, weight } of early ?? []) this.#deliver(message, weight);
    const end = this.#earlyEnd;
    this.#earlyEnd = undefined;
    if (end) this.#onEnd(end.error);
  }

  set onEnd(listener: MessageStream["onEnd"]) {
    this.#onEnd = listener;
  }

  send(message: unknown): boolean {
    if (this.#state.kind !== "open") return false;
    encodeValue(message, this.#encoded);
    const { bytes, start, end } = this.#encoded;
    if (!this.writable) {
      this.#waiting.push(Buffer.from(bytes.subarray(start, end)));
      return false;
    }
    this.#credit -= end - start;
    this.#link.message(frameKinds.message, this.id, undefined, this.#encoded);
    return this.#credit > 0;
  }

  close(): void {
    if (this.#state.kind !== "open") return;
    this.#link.inOrder(frameKinds.end, this.id);
    this.#end();
  }

  reset(error: SkylarkError): void {
    if (this.#state.kind !== "open") return;
    this.#link.forget(this.id);
    this.#link.bytes(frameKinds.failure, this.id, encodeFailure(Failure.of(error)));
    this.#end();
  }

  /** A frame for this stream arrived. */
  received(kind: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind !== "open") return;
    if (kind === frameKinds.message) this.#deliver(decodeValue(bytes, start, end), end - start);
    else if (kind === frameKinds.credit) this.#grant(end - start === 4 ? bytes.readUInt32BE(start) : 0);
    else if (kind === frameKinds.end) this.lost(undefined);
    else if (kind === frameKinds.failure) this.lost(decodeFailure(bytes, start, end).toError());
    else if (kind === frameKinds.cancel) this.lost(new SkylarkError("cancelled", "the other side gave the stream up"));
    else throw protocolError(`frame kind ${kind} does not belong to a stream`);
  }

  /** The other side ended it, or its connection is gone. */
  lost(error: SkylarkError | undefined): void {
    if (this.#state.kind !== "open") return;
    this.#end();
    if (this.#early) this.#earlyEnd = { error };
    else this.#onEnd(error);
  }

  #end(): void {
    this.#state = { kind: "ended" };
    this.#waiting = [];
    this.#released();
  }

  #deliver(message: unknown, weight: number): void {
    if (this.#early) {
      this.#early.push({ message, weight });
      return;
    }
    this.#onMessage(message);
    this.#read += weight;
    if (this.#read < wireLimits.streamWindowBytes / 2 || this.#state.kind !== "open") return;
    const credit = Buffer.allocUnsafe(4);
    credit.writeUInt32BE(this.#read);
    this.#read = 0;
    this.#link.control(frameKinds.credit, this.id, credit);
  }

  #grant(bytes: number): void {
    this.#credit += bytes;
    while (this.#credit > 0) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#credit -= next.length;
      this.#link.bytes(frameKinds.message, this.id, next);
    }
    if (this.writable) this.onWritable();
  }
}
