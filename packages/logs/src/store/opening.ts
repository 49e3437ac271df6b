import { truncate } from "node:fs/promises";
import type { Log } from "@skylark/core";
import { LastSequences } from "./last-sequences.js";
import { type KnownSegment, type SegmentFile, segmentFiles } from "./segment.js";
import { type ScannedSegment, scanSegment } from "./segment-scan.js";
import { readSummary } from "./segment-summary.js";
import { Segments } from "./segments.js";

/** A log as it was found on the disk. */
export interface FoundLog {
  readonly segments: Segments;
  /** The last line of each instance. */
  readonly sequences: LastSequences;
  /** The segment that grows, with what it holds; undefined where the log is empty. */
  readonly newest: KnownSegment | undefined;
}

/** Reads what lies in the folder. What its last process did not live to end is cut off; what is damaged is passed over. Both are told. */
export async function findLog(folder: string, log: Log): Promise<FoundLog> {
  const files = await segmentFiles(folder);
  const sequences = new LastSequences();
  const known: KnownSegment[] = [];
  for (const [at, file] of files.entries()) {
    const isNewest = at === files.length - 1;
    const found = (isNewest ? undefined : await readSummary(file)) ?? (await scanned(file, isNewest, log));
    for (const [instance, sequence] of found.sequences.entries) sequences.note(instance, sequence);
    known.push(found);
  }
  return { segments: new Segments(known.map(({ segment }) => segment)), sequences, newest: known.at(-1) };
}

async function scanned(file: SegmentFile, isNewest: boolean, log: Log): Promise<ScannedSegment> {
  const found = await scanSegment(file);
  const { unreadable, tornBytes, segment } = found;
  if (unreadable > 0) log("warn", `${file.path} holds ${unreadable} unreadable lines; they are passed over`);
  if (tornBytes > 0) {
    log("warn", `${file.path} ends with ${tornBytes} bytes of a line that was never whole; they are cut off`);
    if (isNewest) await truncate(file.path, segment.index.bytes);
  }
  return found;
}
