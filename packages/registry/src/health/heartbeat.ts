import { SkylarkError } from "@skylark/core";
import type { Clock, Random, Timer } from "@skylark/core/internal";

/** How participants are checked. */
export interface HeartbeatOptions {
  /** Between two checks of one participant, give or take a tenth. Default: 3000. */
  readonly intervalMs: number;
  /** How often a miss is tried again, the first included, before the participant is marked down. Default: 3. */
  readonly tries: number;
  /** From one try to the next, at least. Default: 1000. */
  readonly retryAfterMs: number;
  /** How long one try may take. Default: 1000. */
  readonly timeoutMs: number;
}

export const heartbeatDefaults: HeartbeatOptions = { intervalMs: 3000, tries: 3, retryAfterMs: 1000, timeoutMs: 1000 };

export interface HeartbeatParts {
  /** Resolves when the participant has answered well. */
  readonly ask: (signal: AbortSignal) => Promise<void>;
  /** It answered; `before`: what the check before this one had shown. */
  readonly answered: (before: Health["kind"]) => void;
  /** It missed all its tries; told again at each check as long as that lasts. */
  readonly missed: (why: string) => void;
  /** Whether a check has a purpose now: what could not be marked is not asked. */
  readonly mayCheck: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly options: HeartbeatOptions;
}

type HeartbeatState =
  | { readonly kind: "waiting"; readonly timer: Timer }
  | { readonly kind: "asking"; readonly abort: AbortController; readonly end: () => void }
  | { readonly kind: "pausing"; readonly timer: Timer }
  | { readonly kind: "closed" };

/** What the checks have shown so far. Instants are those of the wall clock. */
export type Health =
  | { readonly kind: "unchecked" }
  | { readonly kind: "well"; readonly seenAt: number }
  | { readonly kind: "missing"; readonly since: number; readonly why: string; readonly seenAt: number | undefined };

/**
 * Checks one participant, over and over, on a schedule of its own: what others do does not delay it. Whoever makes it
 * closes it.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  #state: HeartbeatState;
  #health: Health = { kind: "unchecked" };
  /** When the check that is next, or under way, was to begin: an instant of the clock. */
  #dueAt: number;

  constructor(parts: HeartbeatParts) {
    const { clock, random, options } = parts;
    this.#parts = parts;
    // anywhere in the interval: all that a registry finds when it starts are not asked in the same moment
    const delayMs = random.next() * options.intervalMs;
    this.#dueAt = clock.now() + delayMs;
    this.#state = { kind: "waiting", timer: clock.after(delayMs, () => this.#check()) };
  }

  get health(): Health {
    return this.#health;
  }

  close(): void {
    this.#become({ kind: "closed" });
  }

  #check(): void {
    if (this.#parts.mayCheck()) this.#try(1);
    else this.#wait();
  }

  #try(attempt: number): void {
    const { clock, options, ask } = this.#parts;
    const startedAt = clock.now();
    const abort = new AbortController();
    const late = (): void => {
      if (this.#state === state) this.#missed(attempt, startedAt, "it did not answer in time");
    };
    const over = (): void => {
      // this process stood still itself: the answer may lie here unread
      const stalled = clock.now() - startedAt > options.timeoutMs + stallMs;
      if (stalled) timer = clock.after(stallMs, late);
      else late();
    };
    let timer = clock.after(options.timeoutMs, over);
    const state: HeartbeatState = { kind: "asking", abort, end: () => timer.cancel() };
    this.#become(state);
    ask(abort.signal).then(
      () => {
        if (this.#state === state) this.#answered();
      },
      (thrown: unknown) => {
        if (this.#state === state) this.#missed(attempt, startedAt, SkylarkError.from(thrown).message);
      },
    );
  }

  #answered(): void {
    const before = this.#health.kind;
    this.#health = { kind: "well", seenAt: this.#parts.clock.wallNow() };
    this.#wait();
    this.#parts.answered(before);
  }

  #missed(attempt: number, startedAt: number, why: string): void {
    const { clock, options, missed } = this.#parts;
    const health = this.#health;
    // of whom nothing is heard anyway, one try tells enough
    if (attempt < options.tries && health.kind !== "missing") {
      const delayMs = Math.max(0, startedAt + options.retryAfterMs - clock.now());
      return this.#become({ kind: "pausing", timer: clock.after(delayMs, () => this.#try(attempt + 1)) });
    }
    const seenAt = health.kind === "unchecked" ? undefined : health.seenAt;
    const since = health.kind === "missing" ? health.since : clock.wallNow();
    this.#health = { kind: "missing", since, why, seenAt };
    this.#wait();
    missed(why);
  }

  /**
   * From when the last one was due, not from when it ended: a schedule does not drift with those who are slow. What was
   * missed while this process stood still is not made up for.
   */
  #wait(): void {
    const { clock, random, options } = this.#parts;
    const now = clock.now();
    const from = Math.max(this.#dueAt, now - options.intervalMs);
    this.#dueAt = Math.max(from + options.intervalMs * (0.9 + random.next() / 5), now);
    this.#become({ kind: "waiting", timer: clock.after(this.#dueAt - now, () => this.#check()) });
  }

  /** Each state gives back what it holds when it is left. */
  #become(next: HeartbeatState): void {
    const before = this.#state;
    if (before.kind === "closed") {
      if ("timer" in next) next.timer.cancel();
      return;
    }
    this.#state = next;
    if ("timer" in before) before.timer.cancel();
    if (before.kind !== "asking") return;
    before.end();
    before.abort.abort();
  }
}

/** A timer that fires so late says more about this process than about others. */
const stallMs = 100;
