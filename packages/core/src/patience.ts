export interface PatienceOptions {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * How long the other side gets to answer in. It doubles whenever that was in vain, so that one that is slow is reached in the
 * end, and is short again once it was, so that one that is frozen costs little.
 */
export class Patience {
  readonly #options: PatienceOptions;
  #ms: number;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#ms = options.firstMs;
  }

  get ms(): number {
    return this.#ms;
  }

  /** Nobody answered within it. */
  ranOut(): void {
    this.#ms = Math.min(this.#ms * 2, this.#options.mostMs);
  }

  /** Somebody answered. */
  reset(): void {
    this.#ms = this.#options.firstMs;
  }
}
