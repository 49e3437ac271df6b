import type { SilenceLimits } from "../options.js";

/**
 * etcd counts pings (gRPC-Go's enforcement): one before which it has sent no data since the last one, and which comes within
 * 5 s of it, or at any time while no call is under way, is a strike; the third strike ends the connection. So two in a row
 * are free, and later ones wait this long, for ever where there is no call.
 */
const quietPingMs = 5500;
const pingsInARow = 2;

export type SilenceStep =
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "ping" }
  | { readonly kind: "lost" };

type SilenceState =
  | { readonly kind: "listening"; readonly heardAt: number }
  | { readonly kind: "asked"; readonly at: number };

/** Decides when a connection is pinged and when it is lost. Told the time, it keeps none. */
export class Silence {
  readonly #limits: SilenceLimits;
  #state: SilenceState;
  #pingedAt = Number.NEGATIVE_INFINITY;
  #pingsSinceData = 0;
  #callsUnderWay = 0;

  /** @param now when it was opened. */
  constructor(limits: SilenceLimits, now: number) {
    this.#limits = limits;
    this.#state = { kind: "listening", heardAt: now };
  }

  callBegan(): void {
    this.#callsUnderWay += 1;
  }

  callEnded(): void {
    this.#callsUnderWay -= 1;
  }

  /** Bytes of an answer came; the server forgives the pings so far. */
  heardData(now: number): void {
    this.#pingsSinceData = 0;
    this.#state = { kind: "listening", heardAt: now };
  }

  heardPong(now: number): void {
    this.#state = { kind: "listening", heardAt: now };
  }

  /** @param wasLate this process slept itself: the answer may have come and not be read yet. */
  step(now: number, wasLate: boolean): SilenceStep {
    const state = this.#state;
    if (state.kind === "asked") {
      const { answerWithinMs } = this.#limits;
      if (now < state.at + answerWithinMs) return { kind: "wait", untilMs: state.at + answerWithinMs };
      if (!wasLate) return { kind: "lost" };
      this.#state = { kind: "asked", at: now };
      return { kind: "wait", untilMs: now + answerWithinMs };
    }
    const pingAt = Math.max(state.heardAt + this.#limits.pingAfterMs, this.#bearsAPingAt());
    if (now < pingAt) return { kind: "wait", untilMs: pingAt };
    this.#state = { kind: "asked", at: now };
    this.#pingedAt = now;
    this.#pingsSinceData += 1;
    return { kind: "ping" };
  }

  #bearsAPingAt(): number {
    if (this.#pingsSinceData < pingsInARow) return 0;
    return this.#callsUnderWay === 0 ? Number.POSITIVE_INFINITY : this.#pingedAt + quietPingMs;
  }
}
