import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Random, type Timer } from "@skylark/core/internal";
import { nextPushStep } from "./next-push-step.js";
import { acknowledged, type Holdings, holdingsUnderway, type Patch, type Provider, withinLimit } from "./patch.js";

/** What the store says that one participant may hold. */
export interface HoldingsStore {
  /** Undefined where the participant is no longer registered. */
  read(): Promise<Holdings | undefined>;
  /** Over what was read or written last. Fails `aborted` where another wrote meanwhile. */
  write(holdings: Holdings): Promise<void>;
}

/** How patches are sent. */
export interface PushOptions {
  /** How long one delivery may take. Default: 5000. */
  readonly timeoutMs: number;
  /** After a delivery that failed, the next is tried anywhere in a window that grows from the first to the most. Default: 250 to 10,000. */
  readonly retryMs: { readonly firstMs: number; readonly mostMs: number };
}

export const pushDefaults: PushOptions = { timeoutMs: 5000, retryMs: { firstMs: 250, mostMs: 10_000 } };

export interface PushParts {
  /** How the log calls the participant. */
  readonly what: string;
  readonly store: HoldingsStore;
  /** Resolves when the participant has taken it. */
  readonly send: (patch: Patch, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly retryMs: PushOptions["retryMs"];
}

type PushState =
  /** Nobody has said yet what it shall hold. */
  | { readonly kind: "waiting" }
  | { readonly kind: "reading" }
  | { readonly kind: "idle" }
  | { readonly kind: "writing" }
  | { readonly kind: "sending"; readonly patch: Patch; readonly abort: AbortController }
  | { readonly kind: "resting"; readonly timer: Timer; readonly why: string }
  | { readonly kind: "closed" };

/** For people: what is under way to a participant. */
export interface PushStatus {
  readonly state: PushState["kind"];
  /** Deliveries that failed in a row. */
  readonly failures: number;
  readonly why: string | undefined;
}

/**
 * Brings one participant to hold what it shall: one patch at a time, in order. What changes while one is under way goes
 * into the next. Whoever makes it closes it.
 */
export class Push {
  readonly #parts: PushParts;
  readonly #backoff: Backoff;
  #state: PushState = { kind: "waiting" };
  #wanted: readonly Provider[] = [];
  /** Undefined until they have been read. */
  #held: { readonly stored: Holdings; readonly known: Holdings } | undefined;
  #failures = 0;

  constructor(parts: PushParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.retryMs, parts.random);
  }

  get status(): PushStatus {
    const why = this.#state.kind === "resting" ? this.#state.why : undefined;
    return { state: this.#state.kind, failures: this.#failures, why };
  }

  /** What it shall hold from now on. */
  want(wanted: readonly Provider[]): void {
    this.#wanted = withinLimit(wanted);
    if (this.#state.kind === "waiting" || this.#state.kind === "idle") this.#work();
  }

  /** It may be reachable again: what is owed is tried at once. */
  wake(): void {
    if (this.#state.kind !== "resting") return;
    this.#backoff.reset();
    this.#work();
  }

  /** What is under way is given up: whoever comes next knows that its outcome is unknown. */
  close(): void {
    this.#become({ kind: "closed" });
  }

  #work(): void {
    if (!this.#held) return this.#read();
    const step = nextPushStep({ ...this.#held, wanted: this.#wanted });
    if (step.kind === "none") this.#become({ kind: "idle" });
    else if (step.kind === "write") this.#write(step.holdings);
    else this.#send(step.patch);
  }

  #read(): void {
    this.#attempt({ kind: "reading" }, this.#parts.store.read(), (stored) => {
      if (!stored) return this.close(); // taken out meanwhile: the view will say so
      this.#held = { stored, known: stored };
      this.#work();
    });
  }

  #write(holdings: Holdings): void {
    const { known } = this.#held as { readonly known: Holdings };
    this.#attempt({ kind: "writing" }, this.#parts.store.write(holdings), () => {
      this.#held = { stored: holdings, known };
      this.#work();
    });
  }

  #send(patch: Patch): void {
    const { stored, known } = this.#held as { readonly stored: Holdings; readonly known: Holdings };
    const wanted = this.#wanted;
    const abort = new AbortController();
    this.#held = { stored, known: holdingsUnderway(known, wanted) };
    this.#attempt({ kind: "sending", patch, abort }, this.#parts.send(patch, abort.signal), () => {
      if (this.#failures > 0) this.#parts.log("info", `${this.#parts.what} takes patches again`);
      this.#failures = 0;
      this.#backoff.reset();
      this.#held = { stored, known: acknowledged(wanted) };
      this.#work();
    });
  }

  #attempt<T>(state: PushState, work: Promise<T>, then: (result: T) => void): void {
    this.#become(state);
    work.then(
      (result) => {
        if (this.#state === state) then(result);
      },
      (thrown: unknown) => {
        if (this.#state === state) this.#failed(state, SkylarkError.from(thrown, "unavailable"));
      },
    );
  }

  #failed(during: PushState, error: SkylarkError): void {
    if (during.kind === "sending") this.#undelivered(error);
    else if (error.code === "aborted")
      this.#held = undefined; // another wrote: read what
    else this.#parts.log("debug", `what ${this.#parts.what} may hold cannot be kept now: ${error.message}`);
    const timer = this.#parts.clock.after(this.#backoff.next(), () => this.#work());
    this.#become({ kind: "resting", timer, why: error.message });
  }

  /** Once per outage: a participant that is away for a day is not worth a thousand lines. */
  #undelivered(error: SkylarkError): void {
    const level = this.#failures++ === 0 ? "warn" : "debug";
    this.#parts.log(level, `${this.#parts.what} did not take its patch, and will be sent all of it: ${error.message}`);
  }

  /** Each state gives back what it holds when it is left. */
  #become(next: PushState): void {
    const before = this.#state;
    if (before.kind === "closed") {
      if (next.kind === "resting") next.timer.cancel();
      return;
    }
    this.#state = next;
    if (before.kind === "sending") before.abort.abort();
    else if (before.kind === "resting") before.timer.cancel();
  }
}
