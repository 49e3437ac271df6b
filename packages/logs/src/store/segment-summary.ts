import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { z } from "zod";
import { BlockIndex } from "./block-index.js";
import { LastSequences } from "./last-sequences.js";
import { type KnownSegment, type SegmentFile, summaryPath } from "./segment.js";

const count = z.number().int().min(0);

/** What is known of a segment that grows no more. */
const Summary = z.object({
  version: z.literal(1),
  blocks: z.array(
    z.object({
      firstOrdinal: count,
      offset: count,
      bytes: count,
      lines: count,
      firstTime: z.number().nullable(),
      lastTime: z.number(),
    }),
  ),
  instances: z.array(z.tuple([z.string(), count])),
});

/** Written once, when a segment is full. It may be lost or damaged: then the segment is read instead. */
export async function writeSummary({ segment: { path, index }, sequences }: KnownSegment): Promise<void> {
  const blocks = index.blocks.map((block) => ({ ...block, firstTime: finite(block.firstTime) }));
  const summary: z.input<typeof Summary> = {
    version: 1,
    blocks,
    instances: sequences.entries.map(([instance, sequence]) => [instance, sequence]),
  };
  await writeFile(summaryPath(path), JSON.stringify(summary), { mode: 0o600 });
}

/** A block in which nothing can be read has no first time, and JSON no infinity. */
function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}

/** Undefined: there is none, or it does not fit what lies there. */
export async function readSummary({ path, firstOrdinal }: SegmentFile): Promise<KnownSegment | undefined> {
  try {
    const { size } = await stat(path);
    const { blocks, instances } = Summary.parse(JSON.parse(await readFile(summaryPath(path), "utf8")));
    const index = new BlockIndex(
      firstOrdinal,
      blocks.map((block) => ({ ...block, firstTime: block.firstTime ?? Number.POSITIVE_INFINITY })),
    );
    if (index.bytes !== size || (index.blocks[0]?.firstOrdinal ?? firstOrdinal) !== firstOrdinal) return undefined;
    const sequences = new LastSequences();
    for (const [instance, sequence] of instances) sequences.note(instance, sequence);
    return { segment: { path, index }, sequences };
  } catch {
    return undefined;
  }
}

export async function removeSummary(segment: string): Promise<void> {
  await rm(summaryPath(segment), { force: true });
}
