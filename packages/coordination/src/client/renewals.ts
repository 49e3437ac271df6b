import type { Clock } from "@skylark/core/internal";

/** An instant by both clocks: the monotonic one stands still while a laptop sleeps, the wall clock may be set. */
interface Instant {
  readonly now: number;
  readonly wallNow: number;
}

/** Renewals under way; an answer to an older one says nothing that a later answer does not. */
const unansweredMax = 8;

/**
 * For how long a session lives for certain: the store counts its TTL from the last renewal it heard, which is no earlier
 * than the sending of the last one that it answered (COORD-SESSION-2).
 */
export class Renewals {
  readonly #clock: Clock;
  readonly #unanswered = new Map<number, Instant>();
  #confirmed: { readonly sentAt: Instant; readonly ttlMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get remainingMs(): number {
    if (!this.#confirmed) return 0;
    const { sentAt, ttlMs } = this.#confirmed;
    const { now, wallNow } = this.#instant();
    return Math.max(0, ttlMs - Math.max(now - sentAt.now, wallNow - sentAt.wallNow));
  }

  /** Renewal `number` goes out now. */
  sent(number: number): void {
    this.#unanswered.set(number, this.#instant());
    for (const oldest of this.#unanswered.keys()) {
      if (this.#unanswered.size <= unansweredMax) break;
      this.#unanswered.delete(oldest);
    }
  }

  /** The store has heard renewal `number`, and with it grants `ttlMs`. */
  answered(number: number, ttlMs: number): void {
    const sentAt = this.#unanswered.get(number);
    if (!sentAt) return;
    this.#confirmed = { sentAt, ttlMs };
    for (const earlier of this.#unanswered.keys()) if (earlier <= number) this.#unanswered.delete(earlier);
  }

  /** The session is over: what it held may be another's. */
  ended(): void {
    this.#confirmed = undefined;
  }

  #instant(): Instant {
    return { now: this.#clock.now(), wallNow: this.#clock.wallNow() };
  }
}
