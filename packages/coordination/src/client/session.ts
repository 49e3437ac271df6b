import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Deferred, deferred, pause, type Random } from "@skylark/core/internal";
import type { MessageStream } from "@skylark/rpc";
import type { SessionStatus } from "../port.js";
import {
  type ClientMessage,
  coordinationProtocolVersion,
  type HostMessage,
  type KnownSession,
} from "../protocol/messages.js";
import type { HostLink, Reach } from "./host-link.js";
import { Renewals } from "./renewals.js";
import { hungUp, isTransient, silent } from "./session-failure.js";
import type { Live, SessionState } from "./session-state.js";

export interface SessionOptions {
  readonly reach: Reach;
  /** What is asked for; the host may grant another. */
  readonly ttlMs: number;
  /** How long the first session may take to be there. */
  readonly openTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface SessionOwner {
  /** A session is there; its calls and watches go out by this stream. */
  connected(stream: MessageStream): void;
  /** The stream has credit again. */
  writable(): void;
  /** The session is over; its connection is not. */
  paused(): void;
  /** The connection is gone. */
  disconnected(): void;
  /** A message that is not about the session. */
  received(message: HostMessage): void;
  statusChanged(status: SessionStatus): void;
}

const reconnectBackoff = { firstMs: 20, mostMs: 500 };

/** A keep-alive goes out at every second tick: three in a TTL, so that two may be lost. */
const ticksPerTtl = 6;

/** Silence of this part of the TTL ends a connection: two thirds, judged at the fourth tick. The session still lives then. */
const silenceShare = 7 / 12;

/** Two ticks further apart than this part of the TTL, by either clock: the silence may be this side's own deafness. */
const lateShare = 5 / 12;

/** Hello is a renewal as well; those that keep-alives carry begin at 1. */
const helloNumber = 0;

/** How long a host may take to answer hello or leave, beyond the way to it. */
const answerMs = 2000;

/**
 * A client's session across connections: reaches the host, keeps the session alive, resumes it after a lost connection,
 * and opens another when it has expired. What it says about itself is never more than the host has confirmed.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #owner: SessionOwner;
  readonly #backoff: Backoff;
  readonly #opened: Deferred<void> = deferred();
  readonly #openBy: number;
  readonly #left: Deferred<void> = deferred();
  readonly #renewals: Renewals;
  #state: SessionState;
  #status: SessionStatus = { kind: "connecting" };
  #failure: SkylarkError | undefined;
  #ticks = 0;
  #tickedAt = 0;
  #wallAheadMs = 0;

  constructor(options: SessionOptions, owner: SessionOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#backoff = new Backoff(reconnectBackoff, options.random);
    this.#renewals = new Renewals(options.clock);
    this.#openBy = options.clock.now() + options.openTimeoutMs;
    this.#state = this.#reaching(undefined);
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /** For how long it lives for certain, from now. */
  get remainingMs(): number {
    return this.#renewals.remainingMs;
  }

  /** Who hosts the store, as far as it was ever reached. */
  get known(): KnownSession | undefined {
    return "known" in this.#state ? this.#state.known : undefined;
  }

  /** Why the store cannot be reached now, as far as that is known. */
  get failure(): SkylarkError | undefined {
    return this.#failure;
  }

  /** Settles with the first session, or with why there is none. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Ends the session in order where it is connected; else it ends by its TTL. */
  async close(): Promise<void> {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    this.#renewals.ended();
    this.#publish({ kind: "closed" });
    this.#opened.promise.catch(() => {});
    this.#opened.reject(new SkylarkError("cancelled", "the client was closed"));
    if (state.kind === "reaching") state.abort.abort(new SkylarkError("cancelled", "the client was closed"));
    else if (state.kind === "greeting") {
      state.patience.cancel();
      state.link.close();
    } else {
      state.keepAlive.cancel();
      await this.#leave(state.link);
    }
    await this.#options.reach.close();
  }

  async #leave(link: HostLink): Promise<void> {
    link.stream.onEnd = () => this.#left.resolve();
    const patience = this.#options.clock.after(answerMs, () => this.#left.resolve(), true);
    this.#send(link, { kind: "leave" });
    await this.#left.promise;
    patience.cancel();
    link.close();
  }

  #reaching(known: KnownSession | undefined): SessionState {
    const abort = new AbortController();
    void this.#reach(known, abort.signal);
    return { kind: "reaching", known, abort };
  }

  async #reach(known: KnownSession | undefined, signal: AbortSignal): Promise<void> {
    const { reach, clock } = this.#options;
    while (!signal.aborted) {
      try {
        const link = await reach.connect(signal);
        if (signal.aborted) link.close();
        else this.#greet(link, known);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        this.#failed(SkylarkError.from(thrown, "unavailable"));
      }
      await pause(clock, this.#backoff.next(), signal);
    }
  }

  #greet(link: HostLink, known: KnownSession | undefined): void {
    const patience = this.#options.clock.after(answerMs, () => this.#disconnect(link, silent()), true);
    this.#state = { kind: "greeting", known, link, patience };
    link.stream.onEnd = (error) => this.#disconnect(link, error ?? hungUp());
    link.stream.onWritable = () => {
      if (this.#isLive(link)) this.#owner.writable();
    };
    link.stream.onMessage = (message) => this.#received(link, message as HostMessage);
    const { ttlMs } = this.#options;
    this.#renewals.sent(helloNumber);
    this.#send(link, { kind: "hello", version: coordinationProtocolVersion, ttlMs, session: known ?? null });
  }

  #received(link: HostLink, message: HostMessage): void {
    const state = this.#state;
    if (state.kind === "closed") {
      if (message.kind === "left") this.#left.resolve();
      return;
    }
    if (state.kind === "reaching" || state.link !== link) return;
    if (state.kind === "greeting") {
      if (message.kind === "welcome") this.#welcomed(state, message);
      else this.#owner.received(message); // answers to what was sent under the session before
      return;
    }
    state.heardAt = this.#options.clock.now();
    if (message.kind === "expired") this.#expired(state);
    else if (message.kind !== "alive") this.#owner.received(message);
    else {
      this.#renewals.answered(message.number, state.ttlMs);
      if (state.kind === "doubted" && message.number >= state.asked) this.#confirm(state);
    }
  }

  #welcomed(
    { link, known, patience }: SessionState & { kind: "greeting" },
    { session, ttlMs }: HostMessage & { kind: "welcome" },
  ): void {
    const { clock } = this.#options;
    patience.cancel();
    this.#backoff.reset();
    this.#failure = undefined;
    if (known && known.id !== session.id) this.#lost(known);
    if (this.#state.kind === "closed") return; // by a listener
    this.#renewals.answered(helloNumber, ttlMs);
    const keepAlive = clock.every(ttlMs / ticksPerTtl, () => this.#tick());
    this.#tickedAt = clock.now();
    this.#wallAheadMs = clock.wallNow() - clock.now();
    this.#state = { kind: "established", link, known: session, ttlMs, keepAlive, heardAt: clock.now() };
    this.#publish({ kind: "established", id: session.id, ttlMs });
    this.#opened.resolve();
    if (this.#isLive(link)) this.#owner.connected(link.stream); // unless a listener has closed the client
  }

  #tick(): void {
    const state = this.#state;
    if (state.kind !== "established" && state.kind !== "doubted") return;
    const { clock } = this.#options;
    const now = clock.now();
    const wallAheadMs = clock.wallNow() - now;
    const sleptMs = Math.max(0, wallAheadMs - this.#wallAheadMs);
    const isLate = now - this.#tickedAt + sleptMs > state.ttlMs * lateShare;
    this.#tickedAt = now;
    this.#wallAheadMs = wallAheadMs;
    state.heardAt -= sleptMs;
    const number = ++this.#ticks;
    const isSilent = now - state.heardAt >= state.ttlMs * silenceShare;
    if (isSilent && !isLate) return this.#disconnect(state.link, silent());
    if (isSilent) {
      state.heardAt = now; // what the host said meanwhile may lie unread: ask, and judge by the answer
      this.#doubt(state, number);
    }
    if (!isLate && number % 2 === 1) return;
    this.#renewals.sent(number);
    this.#send(state.link, { kind: "keepAlive", number });
  }

  #doubt(state: SessionState & Live, asked: number): void {
    if (state.kind === "doubted") return;
    this.#state = { ...state, kind: "doubted", asked };
    this.#publish({ kind: "suspended", id: state.known.id });
  }

  #confirm(state: SessionState & { kind: "doubted" }): void {
    const { link, known, ttlMs, keepAlive, heardAt } = state;
    this.#state = { kind: "established", link, known, ttlMs, keepAlive, heardAt };
    this.#publish({ kind: "established", id: known.id, ttlMs });
  }

  /** The host has ended the session, and told us: another over the same connection. */
  #expired({ link, known, keepAlive }: Live): void {
    keepAlive.cancel();
    this.#owner.paused();
    this.#greet(link, undefined);
    this.#lost(known);
  }

  #lost({ id }: KnownSession): void {
    this.#renewals.ended();
    this.#publish({ kind: "expired", id });
  }

  /** Gives up a connection, and reaches for the next. */
  #disconnect(link: HostLink, why: SkylarkError): void {
    const state = this.#state;
    if (state.kind === "closed" || state.kind === "reaching" || state.link !== link) return;
    if (state.kind === "greeting") state.patience.cancel();
    else state.keepAlive.cancel();
    link.close();
    this.#failed(why);
    this.#state = this.#reaching(state.known);
    this.#owner.disconnected();
    if (state.kind === "established") this.#publish({ kind: "suspended", id: state.known.id });
  }

  /** Keeps why, and gives up opening where trying again is of no use. */
  #failed(error: SkylarkError): void {
    if (this.#failure?.message !== error.message)
      this.#options.log(isTransient(error) ? "debug" : "error", error.message);
    this.#failure = error;
    if (this.#status.kind !== "connecting") return;
    if (!isTransient(error) || this.#options.clock.now() >= this.#openBy) this.#opened.reject(error);
  }

  #isLive(link: HostLink): boolean {
    return (this.#state.kind === "established" || this.#state.kind === "doubted") && this.#state.link === link;
  }

  #send(link: HostLink, message: ClientMessage): void {
    link.stream.send(message);
  }

  #publish(status: SessionStatus): void {
    this.#status = status;
    this.#owner.statusChanged(status);
  }
}
