import type { SilenceLimits } from "../options.js";

/**
 * etcd counts pings (gRPC-Go's enforcement): one that comes before it has sent data since the last one, and within 5 s of
 * it, is a strike, and the third strike ends the connection. Two in a row are therefore free, later ones wait this long.
 */
const quietPingMs = 5500;
const pingsInARow = 2;

export type SilenceStep =
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "ping" }
  | { readonly kind: "lost" };

type SilenceState =
  /** Nothing is under way: nobody waits for a sign of life. */
  | { readonly kind: "idle" }
  | { readonly kind: "listening"; readonly heardAt: number }
  | { readonly kind: "asked"; readonly at: number };

/** Decides when a connection is pinged and when it is lost. Told the time, it keeps none. */
export class Silence {
  readonly #limits: SilenceLimits;
  #state: SilenceState = { kind: "idle" };
  #pingedAt = Number.NEGATIVE_INFINITY;
  #pingsSinceData = 0;

  constructor(limits: SilenceLimits) {
    this.#limits = limits;
  }

  /** The first of the calls under way began. */
  began(now: number): void {
    if (this.#state.kind === "idle") this.#state = { kind: "listening", heardAt: now };
  }

  /** The last of them ended. */
  rested(): void {
    this.#state = { kind: "idle" };
  }

  /** Bytes of an answer came; the server forgives the pings so far. */
  heardData(now: number): void {
    this.#pingsSinceData = 0;
    if (this.#state.kind !== "idle") this.#state = { kind: "listening", heardAt: now };
  }

  heardPong(now: number): void {
    if (this.#state.kind === "asked") this.#state = { kind: "listening", heardAt: now };
  }

  /** @param wasLate this process slept itself: the answer may have come and not be read yet. */
  step(now: number, wasLate: boolean): SilenceStep {
    const { pingAfterMs, answerWithinMs } = this.#limits;
    const state = this.#state;
    if (state.kind === "idle") return { kind: "wait", untilMs: Number.POSITIVE_INFINITY };
    if (state.kind === "asked") {
      if (now < state.at + answerWithinMs) return { kind: "wait", untilMs: state.at + answerWithinMs };
      if (!wasLate) return { kind: "lost" };
      this.#state = { kind: "asked", at: now };
      return { kind: "wait", untilMs: now + answerWithinMs };
    }
    const quietUntil = this.#pingsSinceData < pingsInARow ? 0 : this.#pingedAt + quietPingMs;
    const pingAt = Math.max(state.heardAt + pingAfterMs, quietUntil);
    if (now < pingAt) return { kind: "wait", untilMs: pingAt };
    this.#state = { kind: "asked", at: now };
    this.#pingedAt = now;
    this.#pingsSinceData += 1;
    return { kind: "ping" };
  }
}
