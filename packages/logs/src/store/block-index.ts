/** A run of whole lines in a segment: what is read at once, and what a search may pass over. */
export interface Block {
  /** How many lines the log ever had before its first one. */
  readonly firstOrdinal: number;
  /** Where it begins in the file. */
  readonly offset: number;
  readonly bytes: number;
  readonly lines: number;
  /** The earliest and the latest that its lines say of themselves, in milliseconds since 1970. */
  readonly firstTime: number;
  readonly lastTime: number;
}

/** A block is read into memory at once, by every reader. */
export const blockBytesTarget = 256 * 1024;

/** Where the lines of one segment are, and from when. Grows at its end. */
export class BlockIndex {
  readonly firstOrdinal: number;
  readonly #blocks: Writable<Block>[];

  constructor(firstOrdinal: number, blocks: readonly Block[] = []) {
    this.firstOrdinal = firstOrdinal;
    this.#blocks = blocks.map((block) => ({ ...block }));
  }

  /** In the order of the file. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  get lines(): number {
    return this.endOrdinal - this.firstOrdinal;
  }

  get bytes(): number {
    const last = this.#blocks.at(-1);
    return last ? last.offset + last.bytes : 0;
  }

  /** The ordinal of the line that comes next. */
  get endOrdinal(): number {
    const last = this.#blocks.at(-1);
    return last ? last.firstOrdinal + last.lines : this.firstOrdinal;
  }

  /** A line behind all others. `time` is NaN where it cannot be read: it still has its place. */
  add(bytes: number, time: number): void {
    let block = this.#blocks.at(-1);
    if (!block || block.bytes + bytes > blockBytesTarget) {
      const { endOrdinal: firstOrdinal, bytes: offset } = this;
      block = { firstOrdinal, offset, bytes: 0, lines: 0, firstTime: Number.POSITIVE_INFINITY, lastTime: 0 };
      this.#blocks.push(block);
    }
    block.bytes += bytes;
    block.lines++;
    if (time < block.firstTime) block.firstTime = time;
    if (time > block.lastTime) block.lastTime = time;
  }

  /** The block that holds this line, as it is now. */
  blockAt(ordinal: number): Block | undefined {
    const block = this.#blocks.findLast(({ firstOrdinal }) => firstOrdinal <= ordinal);
    return block && ordinal < block.firstOrdinal + block.lines ? { ...block } : undefined;
  }
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };
