import { frameKinds, moreFlag, wireLimits } from "../wire/frame.js";
import { protocolError } from "../wire/protocol-error.js";

interface Partial {
  readonly kind: number;
  bytes: Buffer;
  filled: number;
}

/** Puts the fragments of messages together again, within limits. */
export class Assembly {
  readonly #messageBytesMax: number;
  readonly #partials = new Map<number, Partial>();
  #held = 0;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = Math.max(messageBytesMax, wireLimits.handshakeBytesMax);
  }

  /** Takes a frame that begins or continues a message; hands the message on when it is whole. */
  take(
    kind: number,
    stream: number,
    piece: Buffer,
    whole: (kind: number, stream: number, bytes: Buffer, start: number, end: number) => void,
  ): void {
    const more = (kind & moreFlag) !== 0;
    const plain = kind & ~moreFlag;
    if (plain !== frameKinds.fragment) {
      if (this.#partials.has(stream)) throw protocolError(`stream ${stream} began a message inside another`);
      this.#partials.set(stream, { kind: plain, bytes: Buffer.allocUnsafe(0), filled: 0 });
    }
    const partial = this.#partials.get(stream);
    if (!partial) return; // the rest of a message that was given up meanwhile
    this.#append(partial, piece, more);
    if (more) return;
    this.forget(stream);
    whole(partial.kind, stream, partial.bytes, 0, partial.filled);
  }

  forget(stream: number): void {
    const partial = this.#partials.get(stream);
    if (!partial) return;
    this.#held -= partial.bytes.length;
    this.#partials.delete(stream);
  }

  #append(partial: Partial, piece: Buffer, more: boolean): void {
    const filled = partial.filled + piece.length;
    if (filled > this.#messageBytesMax) {
      throw protocolError(`a message grew beyond ${this.#messageBytesMax} bytes`);
    }
    if (filled > partial.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(more ? Math.max(filled, partial.bytes.length * 2) : filled);
      partial.bytes.copy(grown, 0, 0, partial.filled);
      this.#held += grown.length - partial.bytes.length;
      partial.bytes = grown;
      if (this.#held > wireLimits.assemblyBytesMax) throw protocolError("too many large messages at once");
    }
    piece.copy(partial.bytes, partial.filled);
    partial.filled = filled;
  }
}
