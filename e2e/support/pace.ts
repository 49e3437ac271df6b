/** The most that is due at once, as a share of a second: what a timer of a few milliseconds is late on a busy machine. */
const burstSecondsMax = 0.1;

/**
 * How many more calls are due, at a steady rate. What was missed while this process stood still is not made up for: hundreds
 * in one moment, with a provider killed under them, are a question to the retry budget, and not the load that was asked for.
 */
export class Pace {
  readonly #perSecond: number;
  /** When the next one is due, in seconds of the monotonic clock. */
  #dueAt = performance.now() / 1000;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Those that became due since this was last asked. */
  due(): number {
    const now = performance.now() / 1000;
    const from = Math.max(this.#dueAt, now - burstSecondsMax);
    const count = Math.max(0, Math.floor((now - from) * this.#perSecond));
    this.#dueAt = from + count / this.#perSecond;
    return count;
  }
}
