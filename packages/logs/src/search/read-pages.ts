import type { Segments } from "../store/segments.js";
import { type BlockLines, blockLines } from "./block-lines.js";
import { Matcher } from "./matcher.js";
import { PageInMaking } from "./page-in-making.js";
import type { LogPage, LogQuery } from "./query.js";

/**
 * The lines that fit, some at a time. It reads ahead no further than a block, so a reader that stops reading makes it wait.
 * Where it follows, it goes on until its reader has enough: the disk is its memory, so a slow follower costs none, and is told
 * how many lines were deleted before it came to them. Fails with the reason of `signal` once that aborts.
 */
export async function* readPages(
  segments: Segments,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogPage, void> {
  const reading = new Reading(segments, query, signal);
  if (query.order === "newest") yield* reading.backward();
  else yield* reading.forward();
}

class Reading {
  readonly #segments: Segments;
  readonly #query: LogQuery;
  readonly #signal: AbortSignal;
  readonly #matcher: Matcher;
  readonly #page = new PageInMaking();
  #left: number;

  constructor(segments: Segments, query: LogQuery, signal: AbortSignal) {
    this.#segments = segments;
    this.#query = query;
    this.#signal = signal;
    this.#matcher = new Matcher(query);
    const { limit = Number.POSITIVE_INFINITY, last = limit, order } = query;
    this.#left = order === "newest" ? Math.min(limit, last) : limit;
  }

  async *forward(): AsyncGenerator<LogPage, void> {
    const { follow, last } = this.#query;
    const { end } = this.#segments; // what comes later is new
    let at = last === undefined ? this.#start() : await this.#startOfLast(last, end);
    at = yield* this.#between(at, end);
    this.#page.caughtUp = follow === true;
    yield* this.#page.flush(at);
    if (follow !== true) return;
    while (this.#left > 0) {
      if (this.#segments.end <= at) await this.#segments.growth.wait(this.#signal);
      this.#signal.throwIfAborted();
      at = yield* this.#between(at, this.#segments.end);
      yield* this.#page.flush(at);
    }
  }

  async *backward(): AsyncGenerator<LogPage, void> {
    const first = this.#start();
    let at = this.#segments.end;
    while (at > first && this.#left > 0) {
      const step = await this.#stepBack(at, first);
      if (!step) break;
      for (const found of step.lines) {
        if (this.#left-- > 0) yield* this.#page.add(found);
      }
      this.#page.unreadable += step.unreadable;
      at = step.from;
    }
    yield* this.#page.flush(at);
  }

  /** A position beyond the end is that of another log, which lay here before. */
  #start(): number {
    const { from } = this.#query;
    return from === undefined || from > this.#segments.end ? this.#segments.first : from;
  }

  /** Adds what fits of these lines; answers how far it came. */
  async *#between(from: number, to: number): AsyncGenerator<LogPage, number> {
    let at = from;
    while (at < to && this.#left > 0) {
      this.#signal.throwIfAborted();
      const place = this.#segments.from(at);
      if (!place) return to;
      const { firstOrdinal, lines } = place.block;
      const span = { from: Math.max(at, firstOrdinal), to: Math.min(firstOrdinal + lines, to) };
      this.#page.missed += span.from - at;
      at = span.from;
      if (this.#matcher.mayHold(place.block)) {
        const found = await blockLines(place, span, this.#matcher);
        if (found) {
          this.#page.unreadable += found.unreadable;
          for (const each of found.lines) {
            if (this.#left-- <= 0) return at;
            yield* this.#page.add(each);
            at = each.ordinal + 1;
          }
        } else this.#page.missed += span.to - span.from;
      }
      at = Math.max(at, span.to);
    }
    return at;
  }

  /** Where the newest so many that fit begin. */
  async #startOfLast(last: number, end: number): Promise<number> {
    const first = this.#start();
    let at = end;
    let left = last;
    while (at > first && left > 0) {
      const step = await this.#stepBack(at, first);
      if (!step) break;
      const start = step.lines[left - 1];
      if (start) return start.ordinal;
      left -= step.lines.length;
      at = step.from;
    }
    return left > 0 ? at : end;
  }

  /** What fits among the lines of one block before this ordinal, the newest first. Undefined: there is nothing before it. */
  async #stepBack(at: number, first: number): Promise<(BlockLines & { readonly from: number }) | undefined> {
    this.#signal.throwIfAborted();
    const place = this.#segments.before(at);
    if (!place) return undefined;
    const { firstOrdinal, lines } = place.block;
    const span = { from: Math.max(firstOrdinal, first), to: Math.min(firstOrdinal + lines, at) };
    if (span.to <= span.from) return undefined;
    const found = this.#matcher.mayHold(place.block) ? await blockLines(place, span, this.#matcher) : undefined;
    return { from: span.from, lines: found?.lines.toReversed() ?? [], unreadable: found?.unreadable ?? 0 };
  }
}
