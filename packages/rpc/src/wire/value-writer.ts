import { wireLimits } from "./frame.js";
import { writeInteger } from "./integer.js";
import { timestampBytesMax, writeTimestamp } from "./timestamp.js";
import { Unsendable } from "./unsendable.js";

/**
 * Writes one value as MessagePack straight to where it shall stand, and goes on in memory of its own when it does not fit
 * there (clauses RPC-VALUE-*). One value at a time: getters and `toJSON` run meanwhile, and need another writer.
 */
export class ValueWriter {
  /** The value stands in `bytes` from `start` to `end`; in own memory only until the next one is written. */
  bytes: Buffer = nowhere;
  start = 0;
  end = 0;
  #limit = 0;
  #depth = 0;
  #own: Buffer = nowhere;

  /** Throws Unsendable, and whatever code of users throws at the top. */
  write(value: unknown, bytes: Buffer, start: number, limit: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = start;
    this.#limit = limit;
    this.#depth = 0;
    if (this.#own.length > ownBytesMax) this.#own = nowhere; // one large value shall not hold its memory for good
    this.#value(value);
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "object") {
      if (value === null) this.#byte(0xc0);
      else if (value.constructor === Object) this.#map(value as Fields);
      else if (Array.isArray(value)) this.#list(value);
      else this.#instance(value);
    } else if (typeof value === "boolean") this.#byte(value ? 0xc3 : 0xc2);
    else if (value === undefined) this.#undefined();
    else if (typeof value === "bigint") this.#bigint(value);
    else throw noForm(typeof value);
  }

  #number(value: number): void {
    if (this.end + 9 > this.#limit) this.#move(9);
    const whole = (value | 0) === value || value >>> 0 === value;
    if (whole && (value !== 0 || 1 / value > 0)) this.end = writeInteger(this.bytes, this.end, value);
    else {
      this.bytes[this.end] = 0xcb;
      this.end = this.bytes.writeDoubleBE(value, this.end + 1);
    }
  }

  /** Short ASCII is written here: calling into the runtime would cost more than the letters. */
  #text(value: string): void {
    const { length } = value;
    if (length >= shortLetters) return this.#longText(value);
    if (this.end + shortLetters > this.#limit) this.#move(shortLetters);
    const { bytes } = this;
    const head = this.end;
    let at = head + 1;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit >= 0x80) return this.#longText(value);
      bytes[at++] = unit;
    }
    bytes[head] = 0xa0 | length;
    this.end = at;
  }

  /** One that is long, or not ASCII. How long in UTF-8 is known afterwards: the head is guessed, and mended where it was wrong. */
  #longText(value: string): void {
    const guessed = textHeadBytes(value.length);
    if (this.end + 5 + 3 * value.length > this.#limit) this.#move(5 + Buffer.byteLength(value));
    const { bytes, end: at } = this;
    const length = bytes.write(value, at + guessed);
    const headBytes = textHeadBytes(length);
    if (headBytes !== guessed) bytes.copyWithin(at + headBytes, at + guessed, at + guessed + length);
    if (headBytes === 1) bytes[at] = 0xa0 | length;
    else {
      bytes[at] = headBytes === 2 ? 0xd9 : headBytes === 3 ? 0xda : 0xdb;
      bytes.writeUIntBE(length, at + 1, headBytes - 1);
    }
    this.end = at + headBytes + length;
  }

  #map(fields: Fields): void {
    if (this.end + 1 > this.#limit) this.#move(1);
    const head = this.end++ - this.start; // not the place itself: the value may move
    let count = 0;
    let current: string | undefined;
    this.#depth++;
    try {
      for (const key in fields) {
        if (!Object.prototype.hasOwnProperty.call(fields, key)) continue;
        if (this.#depth > wireLimits.depthMax) throw tooDeep();
        current = key;
        if (key.length === 9 && key === "__proto__") throw new Unsendable("is a key that no receiver takes");
        const value = fields[key];
        if (typeof value === "function" && key === "toJSON") {
          this.end = this.start + head;
          this.#json(fields);
          this.#depth--;
          return;
        }
        this.#text(key);
        this.#value(value);
        count++;
      }
    } catch (thrown) {
      throw current === undefined ? thrown : Unsendable.in(current, thrown);
    }
    this.#depth--;
    if (count < 0x10) this.bytes[this.start + head] = 0x80 | count;
    else this.#widen(head, count);
  }

  /** There were more keys than the head can count. */
  #widen(offset: number, count: number): void {
    const width = count < 0x1_0000 ? 2 : 4;
    if (this.end + width > this.#limit) this.#move(width);
    const { bytes } = this;
    const head = this.start + offset;
    bytes.copyWithin(head + 1 + width, head + 1, this.end);
    bytes[head] = width === 2 ? 0xde : 0xdf;
    bytes.writeUIntBE(count, head + 1, width);
    this.end += width;
  }

  #list(values: readonly unknown[]): void {
    const { length } = values;
    if (this.end + 5 > this.#limit) this.#move(5);
    const { bytes, end: at } = this;
    if (length < 0x10) {
      bytes[at] = 0x90 | length;
      this.end = at + 1;
    } else if (length < 0x1_0000) {
      bytes[at] = 0xdc;
      this.end = bytes.writeUInt16BE(length, at + 1);
    } else {
      bytes[at] = 0xdd;
      this.end = bytes.writeUInt32BE(length, at + 1);
    }
    if (length > 0 && ++this.#depth > wireLimits.depthMax) throw tooDeep();
    let index = 0;
    try {
      for (; index < length; index++) this.#value(values[index]);
    } catch (thrown) {
      throw Unsendable.in(index, thrown);
    }
    if (length > 0) this.#depth--;
  }

  /** Told apart by tag: an `instanceof` does not know what comes from another realm. */
  #instance(value: Instance): void {
    const tag = Object.prototype.toString.call(value);
    if (tag === "[object Uint8Array]" && ArrayBuffer.isView(value)) this.#binary(value as unknown as Uint8Array);
    else if (tag === "[object Date]") this.#date(value as unknown as Date);
    else if (typeof value.toJSON === "function") this.#json(value);
    else if (formless.has(tag) || ArrayBuffer.isView(value) || value instanceof Error) throw noForm(tag.slice(8, -1));
    else this.#map(value as unknown as Fields);
  }

  /** Counted as a level: what `toJSON` answers may answer to `toJSON` again, without end. */
  #json(value: Instance): void {
    const json: unknown = (value.toJSON as () => unknown)();
    if (++this.#depth > wireLimits.depthMax) throw tooDeep();
    if (json === value) throw noForm("object whose toJSON answers the object itself");
    this.#value(json);
    this.#depth--;
  }

  #binary(value: Uint8Array): void {
    const { length } = value;
    if (this.end + 5 + length > this.#limit) this.#move(5 + length);
    const { bytes, end: at } = this;
    const width = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 4;
    bytes[at] = width === 1 ? 0xc4 : width === 2 ? 0xc5 : 0xc6;
    const start = bytes.writeUIntBE(length, at + 1, width);
    bytes.set(value, start);
    this.end = start + length;
  }

  #date(value: Date): void {
    const ms = Date.prototype.getTime.call(value);
    if (Number.isNaN(ms)) throw noForm("invalid Date");
    if (this.end + timestampBytesMax > this.#limit) this.#move(timestampBytesMax);
    this.end = writeTimestamp(this.bytes, this.end, ms);
  }

  #byte(byte: number): void {
    if (this.end + 1 > this.#limit) this.#move(1);
    this.bytes[this.end++] = byte;
  }

  #undefined(): void {
    if (this.end + 3 > this.#limit) this.#move(3);
    this.bytes[this.end++] = 0xd4;
    this.bytes[this.end++] = 0;
    this.bytes[this.end++] = 0;
  }

  #bigint(value: bigint): void {
    if (this.end + 9 > this.#limit) this.#move(9);
    const { bytes, end: at } = this;
    if (BigInt.asIntN(64, value) === value) {
      bytes[at] = 0xd3;
      this.end = bytes.writeBigInt64BE(value, at + 1);
    } else if (BigInt.asUintN(64, value) === value) {
      bytes[at] = 0xcf;
      this.end = bytes.writeBigUInt64BE(value, at + 1);
    } else throw noForm("BigInt beyond 64 bits");
  }

  /** Goes on where there is room for `bytes` more. */
  #move(bytes: number): void {
    const written = this.end - this.start;
    const from = this.bytes;
    if (this.#own.length < written + bytes) {
      this.#own = Buffer.allocUnsafeSlow(Math.max(ownBytesMin, 2 * written + bytes));
    }
    if (written > 0) from.copy(this.#own, 0, this.start, this.end);
    this.bytes = this.#own;
    this.start = 0;
    this.end = written;
    this.#limit = this.#own.length;
  }
}

type Fields = Record<string, unknown>;

interface Instance {
  readonly toJSON?: unknown;
}

const nowhere = Buffer.alloc(0);
const ownBytesMin = 64 * 1024;
const ownBytesMax = 1024 * 1024;
/** Fewer letters than a head of one byte can count. */
const shortLetters = 32;

/** What is made of more than its fields: as a map it would arrive empty. */
const formless: ReadonlySet<string> = new Set(
  "Map Set WeakMap WeakSet WeakRef RegExp Error Promise ArrayBuffer SharedArrayBuffer Boolean Number String Generator AsyncGenerator"
    .split(" ")
    .map((name) => `[object ${name}]`),
);

function textHeadBytes(length: number): number {
  if (length < 0x20) return 1;
  if (length < 0x100) return 2;
  return length < 0x1_0000 ? 3 : 5;
}

function noForm(what: string): Unsendable {
  const article = /^[AEIO]/i.test(what) ? "an" : "a";
  const instead = what === "AsyncGenerator" ? "a method that streams is itself an async generator" : "send plain data";
  return new Unsendable(`is ${article} ${what}, which has no form on the wire: ${instead}`);
}

function tooDeep(): Unsendable {
  return new Unsendable(`nests deeper than ${wireLimits.depthMax}: does it hold itself?`);
}
