import { protocolError } from "./protocol-error.js";

/**
 * Reads the types of jute out of one packet, and believes no length: what is declared must fit in what remains before
 * anything is set aside for it. Throws `invalid_argument` with reason PROTOCOL. Bytes are copied out, so that a small
 * value does not keep a large packet alive.
 */
export class JuteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  /** A long that is known to be an instant in ms or another number of modest size. */
  longAsNumber(): number {
    return Number(this.long());
  }

  boolean(): boolean {
    return this.#bytes[this.#take(1)] !== 0;
  }

  /** Null where the node was written without data, which is not the same as no bytes. */
  buffer(): Buffer | null {
    const length = this.#length();
    if (length === -1) return null;
    const at = this.#take(length);
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  /** Null reads as the empty text. */
  text(): string {
    const length = this.#length();
    if (length <= 0) return "";
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  /** @param itemBytesMin the least an item can take: bounds the count by what remains */
  vector<T>(itemBytesMin: number, readItem: (reader: JuteReader) => T): T[] {
    const count = this.#length();
    if (count * itemBytesMin > this.remaining) {
      throw protocolError(`a list of ${count} items was announced where ${this.remaining} bytes remain`);
    }
    const items: T[] = [];
    for (let read = 0; read < count; read += 1) items.push(readItem(this));
    return items;
  }

  texts(): string[] {
    return this.vector(4, (reader) => reader.text());
  }

  #length(): number {
    const length = this.int();
    if (length < -1) throw protocolError(`a length of ${length}`);
    return length;
  }

  /** Where `length` bytes stand, which are read with that. */
  #take(length: number): number {
    if (length > this.remaining) {
      throw protocolError(`${length} bytes were announced where ${this.remaining} remain`);
    }
    const at = this.#at;
    this.#at = at + length;
    return at;
  }
}
