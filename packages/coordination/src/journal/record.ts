import { crc32 } from "node:zlib";

/**
 * One line of a journal or snapshot, written so that a person can read it:
 *
 *     ␞<sequence> <checksum of the record before> <own checksum> <JSON>\n
 *
 * The checksum (CRC-32, eight hexadecimal digits) covers sequence, the previous checksum and the JSON, so records are
 * chained: none can be altered, dropped or swapped unnoticed. The marker is RFC 7464's record separator, a byte that
 * JSON text never holds; so records can be found again behind any damage.
 */
export interface JournalRecord {
  readonly sequence: number;
  readonly previous: number;
  readonly checksum: number;
  readonly json: string;
  readonly begin: number;
  /** Where the next record begins. */
  readonly end: number;
}

const marker = 0x1e;
const newline = 0x0a;
const headBytesMax = 64; // far above what a marker, a sequence and two checksums take
const head = /^([1-9]\d{0,15}) ([0-9a-f]{8}) ([0-9a-f]{8}) /;

export function encodeRecord(sequence: number, previous: number, json: string): { bytes: Buffer; checksum: number } {
  const chained = `${sequence} ${hex(previous)} `;
  const checksum = crc32(json, crc32(chained));
  return { bytes: Buffer.from(`\x1e${chained}${hex(checksum)} ${json}\n`), checksum };
}

/** The record that begins at `offset`; undefined where what stands there is not whole. */
export function decodeRecord(bytes: Buffer, offset: number): JournalRecord | undefined {
  if (bytes[offset] !== marker) return undefined;
  const lineEnd = bytes.indexOf(newline, offset);
  if (lineEnd < 0) return undefined;
  const match = head.exec(bytes.toString("latin1", offset + 1, Math.min(lineEnd, offset + headBytesMax)));
  if (!match) return undefined;
  const [whole, sequence = "", previous = "", own = ""] = match;
  const payload = bytes.subarray(offset + 1 + whole.length, lineEnd);
  const checksum = crc32(payload, crc32(`${sequence} ${previous} `));
  if (hex(checksum) !== own) return undefined;
  const json = payload.toString();
  const numbers = { sequence: Number(sequence), previous: Number.parseInt(previous, 16), checksum };
  return { ...numbers, json, begin: offset, end: lineEnd + 1 };
}

/** The first whole record that begins at or behind `offset`, whatever the bytes before it have become. */
export function findRecord(bytes: Buffer, offset: number): JournalRecord | undefined {
  for (let at = bytes.indexOf(marker, offset); at >= 0; at = bytes.indexOf(marker, at + 1)) {
    const record = decodeRecord(bytes, at);
    if (record) return record;
  }
  return undefined;
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
