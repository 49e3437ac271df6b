import { SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";

export interface RetryBudgetOptions {
  /**
   * Tokens that each call puts in: how many retries there may be per call in the long run. Default: 0.2, so that a service
   * in trouble sees at most a fifth more than its callers ask. Exact to a thousandth.
   */
  readonly ratio?: number;
  /** Retries per second that are free, so that a client of few calls can retry at all. Default: 10. */
  readonly minPerSecond?: number;
  /** What the bucket holds, and holds at the start: the largest burst of retries. Default: 100. */
  readonly tokensMax?: number;
}

/** Whole numbers do not drift as a million additions of 0.2 would. */
const unitsPerToken = 1000;

/**
 * How many retries a client may still add to what a service gets: one bucket per called service, shared by all its calls
 * and hedges. Calls fill it, retries empty it, and when most calls fail there is soon nothing to retry with: a retry storm
 * cannot feed itself. (Finagle's RetryBudget; gRFC A6, "gRPC Retry Design", throttling.)
 */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #unitsPerCall: number;
  readonly #unitsPerMs: number;
  readonly #unitsMax: number;
  #units: number;
  #trickledAt: number;

  /** Fails `invalid_argument` for options that make no bucket. */
  constructor(clock: Clock, options: RetryBudgetOptions = {}) {
    const { ratio = 0.2, minPerSecond = 10, tokensMax = 100 } = options;
    refuseUnless(ratio >= 0 && ratio <= 1, "ratio", ratio, "a number from 0 to 1");
    refuseUnless(minPerSecond >= 0 && minPerSecond <= 1e6, "minPerSecond", minPerSecond, "a number from 0 to 1000000");
    refuseUnless(tokensMax >= 1 && tokensMax <= 1e6, "tokensMax", tokensMax, "a number from 1 to 1000000");
    this.#clock = clock;
    this.#unitsPerCall = Math.round(ratio * unitsPerToken);
    this.#unitsPerMs = (minPerSecond * unitsPerToken) / 1000;
    this.#unitsMax = Math.floor(tokensMax * unitsPerToken);
    this.#units = this.#unitsMax;
    this.#trickledAt = clock.now();
  }

  /** A call starts. Nothing but an addition: the clock is not asked on the way of every call. */
  deposit(): void {
    const units = this.#units + this.#unitsPerCall;
    this.#units = units < this.#unitsMax ? units : this.#unitsMax;
  }

  /** Takes the token of one retry; false where there is none, and then the retry must not be made. */
  withdraw(): boolean {
    this.#trickle();
    if (this.#units < unitsPerToken) return false;
    this.#units -= unitsPerToken;
    return true;
  }

  /** Whole retries that could be made now. */
  get retriesLeft(): number {
    this.#trickle();
    return Math.floor(this.#units / unitsPerToken);
  }

  /** What came in by time is counted only when it is asked for: with a cap on the sum, the order of filling makes no difference. */
  #trickle(): void {
    const now = this.#clock.now();
    this.#units = Math.min(this.#unitsMax, this.#units + (now - this.#trickledAt) * this.#unitsPerMs);
    this.#trickledAt = now;
  }
}

function refuseUnless(fits: boolean, key: string, value: number, allowed: string): void {
  if (fits) return;
  throw new SkylarkError("invalid_argument", `a retry budget cannot have ${key} ${value}: allowed is ${allowed}`, {
    reason: "SETTING",
    details: { key },
  });
}
