import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, pause, type Random, type Timer } from "@skylark/core/internal";
import type { RegistrationBody, RegistryAnswer, RegistryLink } from "./registry-link.js";

/** What a registration takes from its surroundings. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Who hears how the registration fares. */
export interface RegistrationListener {
  /** The registry is about to be asked. */
  asking(): void;
  /** It took the participant for the first time, or again after it had lost it. */
  registeredAnew(): void;
  /** It has it still, as before. */
  stillRegistered(): void;
}

export interface RegistrationOptions extends Surroundings {
  readonly link: RegistryLink;
  readonly body: RegistrationBody;
  readonly listener: RegistrationListener;
  /** Whether anybody could reach the participant: only then is it registered. */
  readonly isListening: () => boolean;
  /** Without a heartbeat for so long, give or take a quarter, the registry is asked whether it knows it still. */
  readonly silenceMs: number;
}

type RegistrationState =
  | { readonly kind: "unregistered" }
  | { readonly kind: "asking"; readonly done: Promise<unknown> }
  | { readonly kind: "registered"; readonly silence: Timer }
  | { readonly kind: "left" };

/**
 * What 409, "known already", stands for: an earlier start of this program, whose registration is to be replaced; or the very
 * one whose loss was suspected, and nothing is to be done.
 */
type Conflict = "earlier start" | "this one";

/**
 * One participant's place in a registry, kept while the registry goes and comes back. A registry asks registered programs
 * for their heartbeat; one that nobody asks may have been lost, and asks to be registered once more: 409 says that nothing
 * was lost. Whoever starts it ends it by `leave`.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #enough = new AbortController();
  #state: RegistrationState = { kind: "unregistered" };
  #askedAt = 0;
  /** Whether the registry may hold something of us that a leave takes out. */
  #trace: "none" | "perhaps" = "none";
  #saidLast = "";
  #left: Promise<void> | undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /**
   * Resolves when it is registered. Fails as the registry refuses it, `unavailable` after `waitMs` without a registry (it
   * waits forever where that is left out), and `cancelled` when the signal is aborted or it leaves; it has left then.
   */
  async start(waitMs?: number, signal?: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const giveUp = (): void => this.#enough.abort(new SkylarkError("cancelled", this.#says("gave up registering")));
    const patience =
      waitMs === undefined ? undefined : clock.after(waitMs, () => this.#enough.abort(outOfPatience), true);
    signal?.addEventListener("abort", giveUp);
    if (signal?.aborted) giveUp();
    try {
      await this.#ask("earlier start");
      const reason: unknown = this.#enough.signal.reason; // it may have come while the answer was on its way
      if (SkylarkError.is(reason)) throw reason;
      this.#settle();
    } catch (thrown) {
      await this.leave();
      throw thrown;
    } finally {
      patience?.cancel();
      signal?.removeEventListener("abort", giveUp);
    }
  }

  heartbeatAsked(): void {
    this.#askedAt = this.#options.clock.now();
  }

  /** Resolves when the registry has taken it out, or could not be told for five seconds. Never rejects. */
  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    const { clock, random, link, body } = this.#options;
    const before = this.#state;
    this.#state = { kind: "left" };
    this.#enough.abort(new SkylarkError("cancelled", this.#says("left before it was registered")));
    if (before.kind === "registered") before.silence.cancel();
    // a registration on its way would arrive after the word that takes it out
    if (before.kind === "asking") await before.done.catch(() => {});
    if (this.#trace === "none") return;
    const until = clock.now() + leaveMs;
    const backoff = new Backoff(retryMs, random);
    for (;;) {
      const answer = await link.unregister(body.ServiceURL);
      if (answer.kind === "done") return;
      const why = answer.kind === "known" ? undefined : answer.why;
      if (answer.kind !== "away" || clock.now() >= until)
        return this.#say("warn", `could not be taken out: ${why?.message}`);
      await pause(clock, backoff.next());
    }
  }

  /** Tries until the registry has answered. */
  #ask(conflict: Conflict): Promise<void> {
    const done = this.#tryToRegister(conflict);
    this.#state = { kind: "asking", done };
    return done;
  }

  async #tryToRegister(conflict: Conflict): Promise<void> {
    const { clock, random, listener } = this.#options;
    const { signal } = this.#enough;
    const backoff = new Backoff(retryMs, random);
    let meaning = conflict;
    for (;;) {
      signal.throwIfAborted();
      listener.asking();
      const answer = await this.#register(meaning);
      if (answer.kind === "done") return listener.registeredAnew();
      if (answer.kind === "known" && meaning === "this one") return listener.stillRegistered();
      if (answer.kind === "refused") throw answer.why;
      // it may have been taken without our hearing of it: then 409 tells nothing about what was lost
      if (answer.kind === "away" && answer.arrived === "perhaps") meaning = "earlier start";
      const why = answer.kind === "away" ? answer.why : this.#contested();
      this.#say("warn", why.message);
      await pause(clock, backoff.next(), signal);
      if (signal.reason === outOfPatience) throw why;
    }
  }

  async #register(meaning: Conflict): Promise<RegistryAnswer> {
    const { link, body } = this.#options;
    const answer = this.#traced(await link.register(body));
    if (answer.kind !== "known" || meaning === "this one") return answer;
    const takenOut = await link.unregister(body.ServiceURL);
    return takenOut.kind === "done" ? this.#traced(await link.register(body)) : takenOut;
  }

  #traced(answer: RegistryAnswer): RegistryAnswer {
    if (answer.kind !== "refused" && !(answer.kind === "away" && answer.arrived === "no")) this.#trace = "perhaps";
    return answer;
  }

  #settle(): void {
    if (this.#state.kind === "left") return;
    this.#saidLast = "";
    this.heartbeatAsked();
    const { random, silenceMs } = this.#options;
    this.#listen(silenceMs * (0.75 + random.next() / 2)); // those who were lost together do not return together
  }

  #listen(windowMs: number): void {
    const { clock } = this.#options;
    const quietMs = clock.now() - this.#askedAt;
    const silence = clock.after(windowMs - quietMs, () => {
      if (clock.now() - this.#askedAt < windowMs) this.#listen(windowMs);
      else void this.#checkAfterSilence();
    });
    this.#state = { kind: "registered", silence };
  }

  /** Never rejects. */
  async #checkAfterSilence(): Promise<void> {
    if (!this.#options.isListening()) return this.leave();
    try {
      await this.#ask("this one");
    } catch (thrown) {
      if (!this.#enough.signal.aborted) this.#say("error", SkylarkError.from(thrown).message);
    }
    this.#settle();
  }

  #contested(): SkylarkError {
    const { link, body } = this.#options;
    const message = `${body.ServiceURL} is registered at ${link.address} by another, and comes back when it is taken out`;
    return new SkylarkError("already_exists", message);
  }

  /** Once per message in a row: a registry that is away for an hour is not worth a thousand lines. */
  #say(level: "warn" | "error", what: string): void {
    this.#options.log(what === this.#saidLast ? "debug" : level, this.#says(what));
    this.#saidLast = what;
  }

  #says(what: string): string {
    const { ServiceName: name, ServiceURL: url } = this.#options.body;
    return `${name} at ${url}: ${what}`;
  }
}

/** A registry restarts within seconds; many participants that wait for it do not come at once. */
const retryMs = { firstMs: 100, mostMs: 5000 };

/** Long enough for a registry that is being restarted; an end is not held up for longer. */
const leaveMs = 5000;

const outOfPatience = Symbol("waited long enough");
