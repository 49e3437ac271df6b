import { open } from "node:fs/promises";
import type { LogLine } from "../line/line.js";
import { readLine } from "../line/line-text.js";
import type { Block } from "../store/block-index.js";
import type { Place } from "../store/segments.js";
import type { Matcher } from "./matcher.js";

/** Which lines of a block are looked at: from this ordinal on, up to before that one. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What of a block fits. */
export interface BlockLines {
  readonly lines: readonly FoundLine[];
  readonly unreadable: number;
}

export interface FoundLine {
  readonly ordinal: number;
  readonly line: LogLine;
  /** Its weight on the disk, which is about that on the wire. */
  readonly bytes: number;
}

/** A block is a quarter of a mebibyte unless it is a line that nobody of ours wrote. */
const readBytesMax = 1024 * 1024;

/** Reads those lines of a block that fit. Undefined: its file is gone. */
export async function blockLines(
  { segment, block }: Place,
  span: Span,
  matcher: Matcher,
): Promise<BlockLines | undefined> {
  if (block.bytes > readBytesMax) return { lines: [], unreadable: span.to - span.from };
  const bytes = await readBlock(segment.path, block.offset, block.bytes);
  if (!bytes) return undefined;
  return linesIn(bytes, block, span, matcher);
}

async function readBlock(path: string, offset: number, length: number): Promise<Buffer | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
  try {
    const bytes = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function linesIn(bytes: Buffer, block: Block, span: Span, matcher: Matcher): BlockLines {
  const lines: FoundLine[] = [];
  const find = matcher.finder(bytes);
  const isTimely = matcher.spans(block);
  let hit = find?.(0) ?? 0;
  let unreadable = 0;
  let start = 0;
  for (let ordinal = block.firstOrdinal; ordinal < span.to && hit !== -1; ordinal++) {
    const end = bytes.indexOf(newline, start);
    if (end === -1) break;
    if (find && hit < start) hit = find(start);
    if (ordinal >= span.from && (!find || (hit !== -1 && hit < end))) {
      const line = readLine(bytes.toString("utf8", start, end));
      if (!line) unreadable++;
      else if ((isTimely || matcher.fitsTime(line)) && matcher.fits(line))
        lines.push({ ordinal, line, bytes: end - start });
    }
    start = end + 1;
  }
  return { lines, unreadable };
}

const newline = 0x0a;
