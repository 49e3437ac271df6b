import { open } from "node:fs/promises";
import { readLine } from "../line/line-text.js";
import { BlockIndex } from "./block-index.js";
import { LastSequences } from "./last-sequences.js";
import type { KnownSegment, SegmentFile } from "./segment.js";

export interface ScannedSegment extends KnownSegment {
  /** Lines that are no lines of ours, or damaged. They keep their place, and readers pass over them. */
  readonly unreadable: number;
  /** Bytes behind the last whole line: a write that its process did not live to end. */
  readonly tornBytes: number;
}

const chunkBytes = 256 * 1024;

/** Reads a whole segment for its index, in bounded memory whatever stands in it. */
export async function scanSegment({ path, firstOrdinal }: SegmentFile): Promise<ScannedSegment> {
  const scan = new Scan(firstOrdinal);
  const file = await open(path, "r");
  try {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      scan.chunk(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  const { index, sequences, unreadable, openBytes: tornBytes } = scan;
  return { segment: { path, index }, sequences, unreadable, tornBytes };
}

/** No line of ours is longer: 16 KiB of message, each byte of it written as six, the fields, the rest. */
const lineBytesMax = 128 * 1024;

class Scan {
  readonly index: BlockIndex;
  readonly sequences = new LastSequences();
  unreadable = 0;
  /** Of the line that has begun and not ended. */
  openBytes = 0;
  /** What of them is kept: nothing once they are more than a line can have. */
  #open: Buffer[] = [];

  constructor(firstOrdinal: number) {
    this.index = new BlockIndex(firstOrdinal);
  }

  chunk(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#line(chunk.subarray(start, end));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    this.openBytes += rest.length;
    if (this.openBytes > lineBytesMax) this.#open = [];
    else if (rest.length > 0) this.#open.push(Buffer.from(rest));
  }

  #line(end: Buffer): void {
    const bytes = this.openBytes + end.length;
    const whole = this.#open.length === 0 ? end : Buffer.concat([...this.#open, end]);
    this.#open = [];
    this.openBytes = 0;
    const line = bytes > lineBytesMax ? undefined : readLine(whole.toString("utf8"));
    if (line) this.sequences.note(line.instance, line.sequence);
    else this.unreadable++;
    this.index.add(bytes + 1, line ? Date.parse(line.time) : Number.NaN);
  }
}

const newline = 0x0a;
