import type { SkylarkError } from "@skylark/core";
import { CreditedStream } from "../connection/credited-stream.js";
import type { Link } from "../connection/link.js";
import type { MessageStream } from "../connection/message-stream.js";
import type { ConnectionResources } from "../connection/resources.js";
import { lostError } from "../transport/lost-error.js";
import { type Encoded, encodeApart } from "../wire/codec.js";
import { frameKinds } from "../wire/frame.js";
import { requestHeadBytes, writeRequestHead } from "../wire/request.js";
import type { EventualOutcome } from "./client-call.js";
import { IncomingStream } from "./incoming-stream.js";
import type { StreamCall } from "./stream-call.js";

/** The streams that one connection carries for those who opened them here, by id. Owned by the connection. */
export class ClientStreams {
  readonly #link: Link;
  readonly #resources: ConnectionResources;
  readonly #streams = new Map<number, CreditedStream | IncomingStream>();

  constructor(link: Link, resources: ConnectionResources) {
    this.#link = link;
    this.#resources = resources;
  }

  get size(): number {
    return this.#streams.size;
  }

  has(id: number): boolean {
    return this.#streams.has(id);
  }

  /** Asks for a stream in both directions. Throws `unavailable` where the connection is gone. */
  open(id: number, method: number, messageBytesMax: number): MessageStream {
    const head = Buffer.allocUnsafe(requestHeadBytes);
    writeRequestHead(head, method, 1, 0, Number.POSITIVE_INFINITY);
    this.#link.message(frameKinds.request, id, head, noArguments);
    if (!this.#link.isOpen) throw lostError(`${this.#link.peer} does not read`);
    const stream = new CreditedStream({ id, link: this.#link, messageBytesMax, released: this.#released(id) });
    this.#streams.set(id, stream);
    return stream;
  }

  /** What comes of a request for a server stream: an IncomingStream, or why there is none. */
  read(id: number, call: StreamCall): EventualOutcome {
    const { clock, deadlines } = this.#resources;
    return new Promise((settle) => {
      const released = this.#released(id);
      this.#streams.set(id, new IncomingStream({ id, link: this.#link, call, clock, deadlines, settle, released }));
    });
  }

  /** What it throws ends the connection. A frame for a stream that is over is passed over. */
  received(kind: number, id: number, bytes: Buffer, start: number, end: number): void {
    this.#streams.get(id)?.received(kind, bytes, start, end);
  }

  /** The connection is gone. */
  lost(why: SkylarkError): void {
    for (const stream of [...this.#streams.values()]) stream.lost(why);
  }

  #released(id: number): () => void {
    return () => void this.#streams.delete(id);
  }
}

const emptyArguments = encodeApart([]);
const noArguments: Encoded = { bytes: emptyArguments, start: 0, end: emptyArguments.length };
