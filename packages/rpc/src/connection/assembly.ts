import { frameKinds, moreFlag, wireLimits } from "../wire/frame.js";
import { protocolError } from "../wire/protocol-error.js";
import { requestHeadBytes } from "../wire/request.js";

interface Partial {
  readonly kind: number;
  readonly mostBytes: number;
  bytes: Buffer;
  filled: number;
}

/** Who gets the messages. */
export interface AssemblyOwner {
  /** Whether a message that begins is wanted. False: its fragments are passed over. Throws where it breaks the protocol. */
  expects(kind: number, stream: number): boolean;
  received(kind: number, stream: number, bytes: Buffer, start: number, end: number): void;
}

/** Puts the fragments of messages together again, within limits (clauses RPC-LARGE-*). */
export class Assembly {
  readonly #messageBytesMax: number;
  readonly #heldBytesMax: number;
  readonly #owner: AssemblyOwner;
  readonly #partials = new Map<number, Partial>();
  #held = 0;

  constructor(messageBytesMax: number, owner: AssemblyOwner) {
    this.#messageBytesMax = messageBytesMax;
    this.#heldBytesMax = Math.max(wireLimits.assemblyBytesMax, 2 * messageBytesMax);
    this.#owner = owner;
  }

  /** Takes a frame that begins or continues a message; hands the message on when it is whole. */
  take(kind: number, stream: number, piece: Buffer): void {
    const more = (kind & moreFlag) !== 0;
    const plain = kind & ~moreFlag;
    if (more && piece.length === 0) throw protocolError("a fragment is empty, and more were to follow");
    if (plain !== frameKinds.fragment && !this.#begin(plain, stream)) return;
    const partial = this.#partials.get(stream);
    if (!partial) return; // the rest of a message that nobody wants
    this.#append(partial, piece, more);
    if (more) return;
    this.forget(stream);
    this.#owner.received(partial.kind, stream, partial.bytes, 0, partial.filled);
  }

  forget(stream: number): void {
    const partial = this.#partials.get(stream);
    if (!partial) return;
    this.#held -= partial.bytes.length;
    this.#partials.delete(stream);
  }

  #begin(kind: number, stream: number): boolean {
    if (this.#partials.has(stream)) throw protocolError(`stream ${stream} began a message inside another`);
    if (!this.#owner.expects(kind, stream)) return false;
    if (this.#partials.size >= wireLimits.callsMax) throw protocolError("too many messages have arrived in part");
    this.#partials.set(stream, { kind, mostBytes: this.#mostBytes(kind), bytes: nothing, filled: 0 });
    return true;
  }

  #mostBytes(kind: number): number {
    if (kind === frameKinds.request) return this.#messageBytesMax + requestHeadBytes;
    if (kind === frameKinds.response || kind === frameKinds.message) return this.#messageBytesMax;
    return kind === frameKinds.failure ? wireLimits.failureBytesMax : wireLimits.handshakeBytesMax;
  }

  #append(partial: Partial, piece: Buffer, more: boolean): void {
    const filled = partial.filled + piece.length;
    if (filled > partial.mostBytes) throw protocolError(`a message grew beyond ${partial.mostBytes} bytes`);
    if (filled > partial.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(more ? Math.max(filled, partial.bytes.length * 2) : filled);
      partial.bytes.copy(grown, 0, 0, partial.filled);
      this.#held += grown.length - partial.bytes.length;
      partial.bytes = grown;
      if (this.#held > this.#heldBytesMax) throw protocolError("too many large messages at once");
    }
    piece.copy(partial.bytes, partial.filled);
    partial.filled = filled;
  }
}

const nothing = Buffer.alloc(0);
