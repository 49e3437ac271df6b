import type { Clock } from "@skylark/core/internal";

/** An instant by both clocks: the monotonic one stands still while a laptop sleeps, the wall clock may be set. */
export interface Instant {
  readonly now: number;
  readonly wallNow: number;
}

export function instantOf(clock: Clock): Instant {
  return { now: clock.now(), wallNow: clock.wallNow() };
}

/**
 * For how long a session lives for certain. Its opening was agreed on by a majority. A sign of life afterwards was heard by
 * one member, which passes it on every half tick and may die before: so what counts is the sign before the last one
 * answered. Signs are a quarter of the TTL apart, and a TTL has at least two ticks.
 */
export class Certainty {
  readonly #clock: Clock;
  #state: { readonly counts: Instant; readonly answered: Instant | undefined; readonly ttlMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get remainingMs(): number {
    if (!this.#state) return 0;
    const { counts, ttlMs } = this.#state;
    const { now, wallNow } = instantOf(this.#clock);
    return Math.max(0, ttlMs - Math.max(now - counts.now, wallNow - counts.wallNow));
  }

  /** @param askedAt no later than when the session was asked for */
  opened(askedAt: Instant, ttlMs: number): void {
    this.#state = { counts: askedAt, answered: undefined, ttlMs };
  }

  /** A sign of life that went out at `sentAt`, or later, was answered. */
  answered(sentAt: Instant): void {
    if (!this.#state) return;
    const { answered, counts, ttlMs } = this.#state;
    this.#state = { counts: answered ?? counts, answered: sentAt, ttlMs };
  }

  ended(): void {
    this.#state = undefined;
  }
}
