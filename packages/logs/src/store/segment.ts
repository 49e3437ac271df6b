import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { BlockIndex } from "./block-index.js";
import type { LastSequences } from "./last-sequences.js";

/** One file of lines, and where in it they are. */
export interface Segment {
  readonly path: string;
  readonly index: BlockIndex;
}

/** A segment, and the last line in it of each instance. */
export interface KnownSegment {
  readonly segment: Segment;
  readonly sequences: LastSequences;
}

/** A segment is named by the number of lines that the log had before it, so that a line's ordinal holds for ever. */
export function segmentPath(folder: string, firstOrdinal: number): string {
  return join(folder, `lines-${String(firstOrdinal).padStart(ordinalDigits, "0")}.ndjson`);
}

const ordinalDigits = 12;

/** Where what is known of a full segment is kept beside it, so that a start need not read it. */
export function summaryPath(segment: string): string {
  return segment.replace(/\.ndjson$/, ".summary.json");
}

export interface SegmentFile {
  readonly path: string;
  readonly firstOrdinal: number;
}

/** The segments in a folder, the oldest first. Other files there are nobody's business here. */
export async function segmentFiles(folder: string): Promise<SegmentFile[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => {
      const [, digits] = /^lines-(\d{12,15})\.ndjson$/.exec(name) ?? [];
      return digits === undefined ? [] : [{ path: join(folder, name), firstOrdinal: Number(digits) }];
    })
    .toSorted((a, b) => a.firstOrdinal - b.firstOrdinal);
}
