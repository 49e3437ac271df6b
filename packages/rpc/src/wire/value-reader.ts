import { wireLimits } from "./frame.js";
import { protocolError } from "./protocol-error.js";
import { shortText, shortTextBytesMax } from "./short-text.js";
import { readTimestamp } from "./timestamp.js";

/**
 * Builds one value out of MessagePack, and believes nothing (clauses RPC-VALUE-2 to RPC-VALUE-6): every declared length
 * must fit in what remains before anything is set aside for it, nothing is deeper than the limit, no key is `__proto__`, and
 * of the extensions only timestamps (-1) and `undefined` (0) are known. Throws `invalid_argument` with reason PROTOCOL.
 */
export class ValueReader {
  /** Where the value has ended. */
  at = 0;
  #end = 0;
  #depth = 0;
  /** Keys read before, each at the place of its hash; the last one there stays. Whatever arrives, it grows no further. */
  readonly #keys: string[] = new Array<string>(keyPlaces).fill("");

  read(bytes: Buffer, start: number, end: number): unknown {
    this.at = start;
    this.#end = end;
    this.#depth = 0;
    return this.#value(bytes);
  }

  #value(bytes: Buffer): unknown {
    const head = this.#head(bytes);
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(bytes, head & 0x0f);
    if (head < 0xa0) return this.#list(bytes, head & 0x0f);
    if (head < 0xc0) return this.#text(bytes, head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    return this.#wide(bytes, head);
  }

  #head(bytes: Buffer): number {
    if (this.at >= this.#end) throw protocolError("a value ends in the middle");
    return bytes[this.at++] as number;
  }

  /** Where `length` bytes stand, which are read with that. */
  #take(length: number): number {
    const { at } = this;
    if (length > this.#end - at) throw protocolError("a length reaches past the end of its message");
    this.at = at + length;
    return at;
  }

  #wide(bytes: Buffer, head: number): unknown {
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(bytes, this.#length(bytes, 1 << (head - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(bytes, this.#length(bytes, 1 << (head - 0xc7)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(bytes, 1 << (head - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(bytes, this.#length(bytes, 1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(bytes, this.#length(bytes, 2 << (head - 0xdc)));
      case 0xde:
      case 0xdf:
        return this.#map(bytes, this.#length(bytes, 2 << (head - 0xde)));
      default:
        return this.#number(bytes, head);
    }
  }

  #number(bytes: Buffer, head: number): number | bigint {
    switch (head) {
      case 0xca:
        return bytes.readFloatBE(this.#take(4));
      case 0xcb:
        return bytes.readDoubleBE(this.#take(8));
      case 0xcc:
        return bytes[this.#take(1)] as number;
      case 0xcd:
        return bytes.readUInt16BE(this.#take(2));
      case 0xce:
        return bytes.readUInt32BE(this.#take(4));
      case 0xcf:
        return bytes.readBigUInt64BE(this.#take(8));
      case 0xd0:
        return bytes.readInt8(this.#take(1));
      case 0xd1:
        return bytes.readInt16BE(this.#take(2));
      case 0xd2:
        return bytes.readInt32BE(this.#take(4));
      case 0xd3:
        return bytes.readBigInt64BE(this.#take(8));
      default:
        throw protocolError(`0x${head.toString(16)} does not begin a value`);
    }
  }

  #length(bytes: Buffer, width: number): number {
    return bytes.readUIntBE(this.#take(width), width);
  }

  #text(bytes: Buffer, length: number): string {
    const at = this.#take(length);
    const short = length <= shortTextBytesMax ? shortText(bytes, at, length) : undefined;
    return short ?? bytes.toString("utf8", at, at + length);
  }

  #binary(bytes: Buffer, length: number): Buffer {
    const at = this.#take(length);
    return Buffer.from(bytes.subarray(at, at + length)); // a copy: what arrives next is written over these
  }

  #list(bytes: Buffer, count: number): unknown[] {
    if (count === 0) return [];
    this.#enter(count);
    // not at once for many: lists in lists could each announce all that remains
    const values: unknown[] = count <= placesAtOnce ? new Array(count) : [];
    for (let index = 0; index < count; index++) values[index] = this.#value(bytes);
    this.#depth--;
    return values;
  }

  #map(bytes: Buffer, count: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    if (count === 0) return fields;
    this.#enter(2 * count);
    for (let index = 0; index < count; index++) {
      const key = this.#key(bytes);
      fields[key] = this.#value(bytes);
    }
    this.#depth--;
    return fields;
  }

  #enter(items: number): void {
    const remaining = this.#end - this.at;
    if (items > remaining) throw protocolError(`${items} items were announced where ${remaining} bytes remain`);
    if (this.#depth === wireLimits.depthMax) throw protocolError(`values nest deeper than ${wireLimits.depthMax}`);
    this.#depth++;
  }

  #key(bytes: Buffer): string {
    const head = this.#head(bytes);
    if (head < 0xa0 || head >= 0xc0) return this.#rareKey(bytes, head);
    const length = head & 0x1f;
    const at = this.#take(length);
    if (length === 0) return "";
    const place = placeOf(bytes, at, length);
    const known = this.#keys[place] as string;
    if (known.length !== length) return this.#newKey(bytes, at, length, place);
    for (let index = 0; index < length; index++) {
      if (known.charCodeAt(index) !== bytes[at + index]) return this.#newKey(bytes, at, length, place);
    }
    return known;
  }

  #newKey(bytes: Buffer, at: number, length: number, place: number): string {
    const key = checkedKey(bytes.toString("utf8", at, at + length));
    if (key.length === length) this.#keys[place] = key; // one byte a letter: so are they compared
    return key;
  }

  /** A number, or a text in a long form. */
  #rareKey(bytes: Buffer, head: number): string {
    if (head < 0x80) return String(head);
    if (head >= 0xe0) return String(head - 0x100);
    if (head >= 0xcc && head <= 0xd3) return String(this.#number(bytes, head));
    if (head >= 0xd9 && head <= 0xdb) return checkedKey(this.#text(bytes, this.#length(bytes, 1 << (head - 0xd9))));
    throw protocolError(`a key that begins with 0x${head.toString(16)} is neither a string nor a number`);
  }

  #extension(bytes: Buffer, length: number): unknown {
    const type = bytes.readInt8(this.#take(1));
    const at = this.#take(length);
    if (type === 0 && length === 1) return undefined;
    const date = type === -1 ? readTimestamp(bytes, at, length) : undefined;
    if (date) return date;
    throw protocolError(
      `an extension of type ${type} and ${length} bytes is not accepted: only timestamps and undefined have this form`,
    );
  }
}

/** Enough for the keys of some hundred types. */
const keyPlaces = 1024;
const placesAtOnce = 1024;

/** A few of its bytes tell most keys from another, at a cost that does not grow. */
function placeOf(bytes: Buffer, at: number, length: number): number {
  const first = bytes[at] as number;
  const middle = bytes[at + (length >> 1)] as number;
  const last = bytes[at + length - 1] as number;
  return (Math.imul(first, 0x1f) + Math.imul(middle, 0x97) + Math.imul(last, 0x1d3) + length * 0x3b) & (keyPlaces - 1);
}

function checkedKey(key: string): string {
  if (key === "__proto__") throw protocolError("a key is called __proto__");
  return key;
}
