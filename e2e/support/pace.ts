/** The most that is due at once, as a share of a second: what a timer of a few milliseconds is late on a busy machine. */
const burstSecondsMax = 0.1;

/**
 * The most that waits for an answer: as many as a client may try again at once (its retry budget holds 100), should all of
 * them lose their provider. At the rates of these tests a few wait; this many do where the machine is too busy for the rate.
 */
const underwayMax = 100;

/**
 * How many more calls are due, at a steady rate. What was missed, because this process stood still or too many waited, is not
 * made up for: hundreds in one moment, with a provider killed under them, are a question to the retry budget, and a rate that
 * a machine cannot bear only lengthens a queue. Neither is the load that was asked for.
 */
export class Pace {
  readonly #perSecond: number;
  /** When the next one is due, in seconds of the monotonic clock. */
  #dueAt = performance.now() / 1000;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Those that became due since this was last asked; `underway`: how many wait for an answer now. */
  due(underway: number): number {
    const now = performance.now() / 1000;
    const from = Math.max(this.#dueAt, now - burstSecondsMax);
    const count = Math.max(0, Math.floor((now - from) * this.#perSecond));
    this.#dueAt = from + count / this.#perSecond;
    return Math.min(count, Math.max(0, underwayMax - underway));
  }
}
