import type { FoundLine } from "./block-lines.js";
import type { LogPage } from "./query.js";

/** A page goes out when it has so many lines … */
const pageLinesMax = 500;
/** … or weighs so much: well below what a message may. */
const pageBytesTarget = 512 * 1024;

/** What the next page will say. */
export class PageInMaking {
  missed = 0;
  unreadable = 0;
  caughtUp = false;
  #lines: LogPage["lines"][number][] = [];
  #bytes = 0;

  /** Gives the page away once it is full. */
  *add({ ordinal, line, bytes }: FoundLine): Generator<LogPage> {
    this.#lines.push(line);
    this.#bytes += bytes;
    if (this.#lines.length >= pageLinesMax || this.#bytes >= pageBytesTarget) yield* this.flush(ordinal + 1);
  }

  /** Gives the page away, if there is anything to say. */
  *flush(position: number): Generator<LogPage> {
    const { missed, unreadable, caughtUp } = this;
    const lines = this.#lines;
    if (lines.length === 0 && missed === 0 && unreadable === 0 && !caughtUp) return;
    this.#lines = [];
    this.#bytes = 0;
    this.missed = 0;
    this.unreadable = 0;
    this.caughtUp = false;
    yield { lines, position, missed, unreadable, caughtUp };
  }
}
