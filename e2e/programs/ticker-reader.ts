import { connect, SkylarkError } from "skylark";
import { answer } from "./side.js";
import type { Ticker } from "./ticker.js";

/** Reads ticks, and goes on elsewhere where it stopped whenever a stream ends under it. */

export interface ReaderBook {
  /** How many ticks it has, and the number of the last: the same where none is missing or doubled. */
  readonly ticks: number;
  readonly last: number;
  /** Whom it reads from now. */
  readonly instance: string;
  /** Why each stream before ended. */
  readonly ends: readonly { readonly code: string; readonly reason: string | undefined }[];
}

const ticker = await connect<Ticker>("ticker", { readyWithinMs: 60_000 });
const leave = new AbortController();
let book: ReaderBook = { ticks: 0, last: 0, instance: "", ends: [] };

async function read(): Promise<void> {
  while (!leave.signal.aborted) {
    try {
      for await (const { tick, instance } of ticker.with({ signal: leave.signal }).ticks(book.last + 1)) {
        book = { ...book, ticks: book.ticks + 1, last: tick, instance };
      }
    } catch (thrown) {
      const { code, reason } = SkylarkError.from(thrown);
      book = { ...book, ends: [...book.ends, { code, reason }] };
    }
  }
}

let reading: Promise<void> | undefined;

answer("ready", {
  start: () => {
    reading = read();
  },
  book: () => book,
  stop: async () => {
    leave.abort();
    await reading;
    return book;
  },
});
