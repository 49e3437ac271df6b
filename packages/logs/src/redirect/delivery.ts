import { SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Deferred, deferred, type Random, type Timer } from "@skylark/core/internal";
import { detached } from "@skylark/rpc";
import type { SentLine } from "../line/line.js";
import { type Batch, type WaitingLimits, WaitingLines, type WrittenLine } from "./waiting-lines.js";

export interface DeliveryParts {
  readonly clock: Clock;
  readonly random: Random;
  /** What may wait, beside the batch that is under way. */
  readonly waiting: WaitingLimits;
  /** Resolves when the log service has these lines. */
  readonly send: (lines: readonly SentLine[], attempt: SendAttempt) => Promise<unknown>;
  /** Called when the log service goes away or is back, and when it refuses lines for good. */
  readonly told: (event: DeliveryEvent) => void;
}

export interface SendAttempt {
  /** Aborts when nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
  /** The first finds out whether the service is there; a later one may wait for it, and goes the moment it is back. */
  readonly wait: boolean;
}

export type DeliveryEvent =
  | { readonly kind: "away"; readonly why: SkylarkError }
  | { readonly kind: "back"; readonly waiting: number; readonly dropped: number }
  | { readonly kind: "refused"; readonly lines: number; readonly why: SkylarkError };

/** A batch goes out when its first line has waited so long … */
const gatheringMs = 50;
/** … or when there is so much. */
const batchLimits: WaitingLimits = { linesMax: 500, bytesMax: 512 * 1024 };
/** How often a log service that is away is looked for. */
const backoffEdges = { firstMs: 100, mostMs: 2000 };

type DeliveryState =
  /** Nothing waits. */
  | { readonly kind: "resting" }
  /** Lines wait for others to come, or for their turn. */
  | { readonly kind: "gathering"; readonly timer: Timer; readonly delayMs: number }
  | { readonly kind: "sending"; readonly batch: Batch; readonly attempt: number }
  /** The batch was not taken, as far as is known; it is sent again, as it is. */
  | { readonly kind: "away"; readonly batch: Batch; readonly attempt: number; readonly timer: Timer }
  | { readonly kind: "closed" };

/**
 * Brings lines to the log service in batches, one under way at a time, in order. A batch whose answer was lost is sent again
 * until it is answered: the service knows lines by their numbers. Whoever makes it closes it.
 */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #waiting: WaitingLines;
  readonly #backoff: Backoff;
  readonly #abandoned = new AbortController();
  #state: DeliveryState = { kind: "resting" };
  #closing: Deferred<number> | undefined;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#waiting = new WaitingLines(parts.waiting);
    this.#backoff = new Backoff(backoffEdges, parts.random);
  }

  get status(): "delivering" | "away" | "closed" {
    const state = this.#state;
    if (state.kind === "away" || (state.kind === "sending" && state.attempt > 1)) return "away";
    return state.kind === "closed" ? "closed" : "delivering";
  }

  /** Lines that the log service has not said to have. */
  get waiting(): number {
    return this.#waiting.size + (this.#underway?.own ?? 0);
  }

  get dropped(): number {
    return this.#waiting.dropped;
  }

  /** Never blocks, never fails. */
  add(line: WrittenLine): void {
    if (this.#state.kind === "closed") return;
    this.#waiting.add(line);
    if (this.#state.kind === "resting") this.#gather(gatheringMs);
    else if (this.#state.kind === "gathering" && this.#state.delayMs > 0 && this.#isBatchFull) {
      this.#state.timer.cancel();
      this.#gather(0);
    }
  }

  /** Delivers what waits, for at most so long. Resolves with the number of lines that were lost. */
  close(withinMs: number): Promise<number> {
    if (this.#closing) return this.#closing.promise;
    this.#closing = deferred();
    const bound = this.#parts.clock.after(withinMs, () => this.#finish(), true);
    void this.#closing.promise.then(() => bound.cancel());
    const state = this.#state;
    if (state.kind === "resting") this.#finish();
    else if (state.kind === "gathering") {
      state.timer.cancel();
      this.#next();
    } else if (state.kind === "away") {
      state.timer.cancel();
      this.#send(state.batch, state.attempt + 1);
    }
    return this.#closing.promise;
  }

  get #underway(): Batch | undefined {
    return "batch" in this.#state ? this.#state.batch : undefined;
  }

  get #isBatchFull(): boolean {
    return this.#waiting.size >= batchLimits.linesMax || this.#waiting.bytes >= batchLimits.bytesMax;
  }

  #gather(delayMs: number): void {
    // a program that ends meanwhile waits these few milliseconds, and its lines leave
    const timer = this.#parts.clock.after(delayMs, () => this.#next(), true);
    this.#state = { kind: "gathering", timer, delayMs };
  }

  /** After a batch, or at the end of gathering. */
  #next(): void {
    if (this.#waiting.size === 0) {
      this.#state = { kind: "resting" };
      if (this.#closing) this.#finish();
    } else if (this.#state.kind === "gathering" || this.#closing || this.#isBatchFull) {
      const time = new Date(this.#parts.clock.wallNow()).toISOString();
      this.#send(this.#waiting.take(batchLimits, time), 1);
    } else this.#gather(gatheringMs);
  }

  #send(batch: Batch, attempt: number): void {
    this.#state = { kind: "sending", batch, attempt };
    // a line may have been written in a call: what becomes of it is no part of that call
    const { signal } = this.#abandoned;
    detached(() => this.#parts.send(batch.lines, { signal, wait: attempt > 1 })).then(
      () => this.#delivered(attempt),
      (thrown: unknown) => this.#failed(batch, attempt, SkylarkError.from(thrown)),
    );
  }

  #delivered(attempt: number): void {
    if (this.#state.kind === "closed") return;
    this.#backoff.reset();
    const { size: waiting, dropped } = this.#waiting;
    if (attempt > 1) this.#parts.told({ kind: "back", waiting, dropped });
    this.#next();
  }

  #failed(batch: Batch, attempt: number, why: SkylarkError): void {
    if (this.#state.kind === "closed") return;
    if (isForGood(why)) {
      this.#waiting.refused(batch);
      this.#parts.told({ kind: "refused", lines: batch.own, why });
      return this.#next();
    }
    const again = (): void => this.#send(batch, attempt + 1);
    this.#state = { kind: "away", batch, attempt, timer: this.#parts.clock.after(this.#backoff.next(), again) };
    if (attempt === 1) this.#parts.told({ kind: "away", why });
  }

  #finish(): void {
    const lost = this.waiting;
    const state = this.#state;
    this.#state = { kind: "closed" };
    if ("timer" in state) state.timer.cancel();
    this.#abandoned.abort(new SkylarkError("cancelled", "the redirection of logs was closed"));
    this.#closing?.resolve(lost);
  }
}

/** Sent again, it would be refused again, and hold up all that come behind it. */
function isForGood({ code, reason }: SkylarkError): boolean {
  return code === "invalid_argument" || reason === "MESSAGE_TOO_LARGE";
}
