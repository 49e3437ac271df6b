import type { Block } from "./block-index.js";
import { growth } from "./growth.js";
import type { Segment } from "./segment.js";

/** Where a line is to be found. */
export interface Place {
  readonly segment: Segment;
  readonly block: Block;
}

/** The segments of a log, the oldest first: its writer adds to them and takes them away, its readers look. */
export class Segments {
  readonly growth = growth();
  #list: readonly Segment[];

  constructor(list: readonly Segment[]) {
    this.#list = list;
  }

  get list(): readonly Segment[] {
    return this.#list;
  }

  get newest(): Segment | undefined {
    return this.#list.at(-1);
  }

  /** The ordinal of the oldest line that is kept. */
  get first(): number {
    return this.#list[0]?.index.firstOrdinal ?? 0;
  }

  /** The ordinal of the line that comes next. */
  get end(): number {
    return this.newest?.index.endOrdinal ?? 0;
  }

  add(segment: Segment): void {
    this.#list = [...this.#list, segment];
  }

  removeOldest(): Segment | undefined {
    const [oldest, ...others] = this.#list;
    this.#list = others;
    return oldest;
  }

  /** Where this line is, or the first kept one behind it. */
  from(ordinal: number): Place | undefined {
    for (const segment of this.#list) {
      const { index } = segment;
      if (index.endOrdinal <= ordinal || index.lines === 0) continue;
      const block = index.blockAt(Math.max(ordinal, index.firstOrdinal));
      if (block) return { segment, block };
    }
    return undefined;
  }

  /** Where the last kept line before this one is. */
  before(ordinal: number): Place | undefined {
    const segment = this.#list.findLast(({ index }) => index.firstOrdinal < ordinal && index.lines > 0);
    const block = segment?.index.blockAt(Math.min(ordinal, segment.index.endOrdinal) - 1);
    return segment && block ? { segment, block } : undefined;
  }
}
