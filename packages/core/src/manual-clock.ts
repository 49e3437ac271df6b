import type { Clock } from "./clock.js";

interface Due {
  at: number;
  order: number;
  fire: () => void;
  everyMs: number | undefined;
}

/** A clock that moves only when told: timers fire in order of time, then of creation. */
export class ManualClock implements Clock {
  #now = 0;
  #wallAhead: number;
  #order = 0;
  readonly #due = new Set<Due>();

  constructor(wallStart = 1_800_000_000_000) {
    this.#wallAhead = wallStart;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#wallAhead;
  }

  after(delayMs: number, fire: () => void): { cancel(): void } {
    return this.#add(delayMs, fire, undefined);
  }

  every(intervalMs: number, fire: () => void): { cancel(): void } {
    return this.#add(intervalMs, fire, intervalMs);
  }

  /** Moves time on, firing what comes due on the way. */
  advance(byMs: number): void {
    const until = this.#now + byMs;
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.at);
      if (next.everyMs === undefined) this.#due.delete(next);
      else next.at += next.everyMs;
      next.fire();
    }
    this.#now = until;
  }

  /** Time passes as in a sleeping laptop or a stopped process: no timer fires on the way, all that are due fire once at its end. */
  stall(byMs: number): void {
    this.#now += byMs;
    for (const due of this.#due) if (due.everyMs !== undefined && due.at < this.#now) due.at = this.#now;
    this.advance(0);
  }

  /** The wall clock jumps; the monotonic one does not notice. */
  jumpWall(byMs: number): void {
    this.#wallAhead += byMs;
  }

  get pending(): number {
    return this.#due.size;
  }

  #add(delayMs: number, fire: () => void, everyMs: number | undefined): { cancel(): void } {
    const due: Due = { at: this.#now + delayMs, order: this.#order++, fire, everyMs };
    this.#due.add(due);
    return { cancel: () => void this.#due.delete(due) };
  }

  #next(until: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.at > until) continue;
      if (!first || due.at < first.at || (due.at === first.at && due.order < first.order)) first = due;
    }
    return first;
  }
}
