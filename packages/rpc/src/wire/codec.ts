import { protocolError } from "./protocol-error.js";
import { Unsendable } from "./unsendable.js";
import { ValueReader } from "./value-reader.js";
import { ValueWriter } from "./value-writer.js";

/** Where an encoded value lies until the next one is encoded. */
export interface Encoded {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What a value is to whoever sends it: errors name it. */
export type ValueRole = "arguments" | "result" | "message" | "value";

/** Undefined while it writes: getters that encode in turn get another. */
let idle: ValueWriter | undefined = new ValueWriter();
const reader = new ValueReader();

/**
 * Encodes at `start` of `bytes`, if the value ends there before `limit`, else into memory that the next call uses again:
 * copy out before anything else is encoded. Throws `invalid_argument` for what has no form on the wire.
 */
export function encodeValue(value: unknown, role: ValueRole, bytes: Buffer = nowhere, start = 0, limit = 0): Encoded {
  const writer = idle ?? new ValueWriter();
  idle = undefined;
  try {
    writer.write(value, bytes, start, limit);
    return writer;
  } catch (thrown) {
    throw Unsendable.toError(role, thrown);
  } finally {
    idle = writer;
  }
}

/** Encodes into bytes of their own. For what is rare: handshakes, failures. Throws as `encodeValue` does. */
export function encodeApart(value: unknown): Buffer {
  const { bytes, start, end } = encodeValue(value, "value");
  return Buffer.from(bytes.subarray(start, end));
}

/** Decodes the one value that fills `start` to `end`. Throws `invalid_argument` with reason PROTOCOL for anything else. */
export function decodeValue(bytes: Buffer, start: number, end: number): unknown {
  const value = reader.read(bytes, start, end);
  if (reader.at !== end) throw protocolError("bytes are left over behind a value");
  return value;
}

/** Decodes the value at `start`, and says in `ended.at` where it ended, for one that is followed by another. */
export function decodeNext(bytes: Buffer, start: number, end: number, ended: { at: number }): unknown {
  const value = reader.read(bytes, start, end);
  ended.at = reader.at;
  return value;
}

const nowhere = Buffer.alloc(0);
