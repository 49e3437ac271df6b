import { SkylarkError } from "@skylark/core";
import { Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from "msgpackr";
import { protocolError } from "./protocol-error.js";
import { scanValue } from "./scan.js";

/** Where an encoded value lies until the next one is encoded. */
export interface Encoded {
  bytes: Buffer;
  start: number;
  end: number;
}

const packr = new Packr({ useRecords: false, copyBuffers: true, largeBigIntToFloat: false });

interface ReusedBuffer extends Buffer {
  start: number;
  end: number;
}

/**
 * Encodes into a buffer that the next call reuses: copy out before anything else is encoded. Throws `invalid_argument`
 * for what has no form on the wire.
 */
export function encodeValue(value: unknown, into: Encoded): void {
  try {
    const bytes = packr.pack(value, REUSE_BUFFER_MODE | RESET_BUFFER_MODE) as ReusedBuffer;
    into.bytes = bytes;
    into.start = bytes.start;
    into.end = bytes.end;
    if (bytes.length > keptBytesMax) packr.useBuffer(Buffer.allocUnsafeSlow(keptBytes));
  } catch (cause) {
    throw unsendable(cause);
  }
}

/** The buffer grows with the largest value; one large value shall not hold its memory for good. */
const keptBytesMax = 1024 * 1024;
const keptBytes = 8192;

/** Encodes into bytes of their own. For what is rare: handshakes, failures. Throws as `encodeValue` does. */
export function encodeApart(value: unknown): Buffer {
  try {
    return Buffer.from(packr.pack(value));
  } catch (cause) {
    throw unsendable(cause);
  }
}

function unsendable(cause: unknown): SkylarkError {
  const { message } = SkylarkError.from(cause);
  return new SkylarkError("invalid_argument", `the value cannot be sent: ${message}`, { cause });
}

/** Decodes the one value that fills `start` to `end`. Throws `invalid_argument` with reason PROTOCOL for anything else. */
export function decodeValue(bytes: Buffer, start: number, end: number): unknown {
  if (scanValue(bytes, start, end) !== end) throw protocolError("bytes are left over behind a value");
  return decodeScanned(bytes, start, end);
}

/** Decodes the value at `start`, and says in `ended.at` where it ended, for one that is followed by another. */
export function decodeNext(bytes: Buffer, start: number, end: number, ended: { at: number }): unknown {
  ended.at = scanValue(bytes, start, end);
  return decodeScanned(bytes, start, ended.at);
}

const range = { start: 0, end: 0 };

function decodeScanned(bytes: Buffer, start: number, end: number): unknown {
  range.start = start;
  range.end = end;
  try {
    return packr.unpack(bytes, range);
  } catch (cause) {
    throw protocolError(`a value cannot be decoded: ${SkylarkError.from(cause).message}`);
  }
}
