import type { Random } from "./random.js";

export interface BackoffOptions {
  /** Upper edge of the first delay. */
  firstMs: number;
  /** Upper edge that no delay passes. */
  mostMs: number;
}

/**
 * How long to wait before trying again: a growing window, and anywhere in it ("full jitter": Marc Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015), so that those who failed together do not return together.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #attempt = 0;

  constructor(options: BackoffOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** The next delay, in milliseconds; each call widens the window. */
  next(): number {
    const window = Math.min(this.#options.mostMs, this.#options.firstMs * 2 ** Math.min(this.#attempt++, 30));
    return this.#random.next() * window;
  }

  /** It worked: the next failure starts small again. */
  reset(): void {
    this.#attempt = 0;
  }
}
