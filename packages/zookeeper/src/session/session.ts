import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Random, type Timer } from "@skylark/core/internal";
import { type HostAddress, hostName } from "../connect-string.js";
import { Connection, type ConnectionOwner } from "../connection/connection.js";
import type { TlsOptions } from "../connection/dial.js";
import { type ConnectResponse, newSessionPassword } from "../wire/connect.js";
import type { WatchEvent } from "../wire/watch-event.js";
import { connectPatienceMs } from "./connect-patience.js";
import { HostRing } from "./host-ring.js";
import { Liveness } from "./liveness.js";
import { nextState, type SessionEvent, type SessionState } from "./session-state.js";

export interface SessionOptions {
  readonly hosts: readonly HostAddress[];
  readonly tls: TlsOptions | undefined;
  /** Asked for; the server grants what it likes. */
  readonly timeoutMs: number;
  /** Who says that the session is over. */
  readonly expiresBy: "own-clock" | "server";
  readonly onExpiry: "reopen" | "end";
  readonly replyBytesMax: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface SessionOwner {
  /** After every change, and before whatever follows from it. */
  stateChanged(state: SessionState): void;
  /** A connection is there for requests. `isResumed`: of a session that had one before. */
  established(connection: Connection, isResumed: boolean): void;
  writable(connection: Connection): void;
  /** No server wants anything to do with this client, or it with them: their certificates do not agree. */
  refused(error: SkylarkError): void;
  fired(event: WatchEvent): void;
}

/** The session's way to a server: at most one connection at a time. */
type Link =
  | { kind: "none" }
  /** Between two attempts. */
  | { kind: "pausing"; timer: Timer }
  /** `asksOnly`: wants to know whether the session still lives, and nothing else. */
  | { kind: "greeting"; connection: Connection; patience: Timer; asksOnly: boolean }
  | { kind: "open"; connection: Connection; liveness: Liveness; look: Timer; since: number };

const backoffFirstMs = 50;
const backoffMostMs = 1000;

/** A connection that was of use for this share of the time-out: the next failure starts small again. */
const steadyShare = 1 / 3;

/** How long a socket may linger after the session was ended over it. */
const leaveMsMax = 2000;

/**
 * Keeps one session alive over connections to one server after the other, and opens the next when it is over. What
 * becomes of the session is decided by `nextState`; here are the sockets and timers that this needs.
 */
export class Session implements ConnectionOwner {
  readonly #options: SessionOptions;
  readonly #owner: SessionOwner;
  readonly #ring: HostRing;
  readonly #backoff: Backoff;
  #state: SessionState = { kind: "connecting" };
  #link: Link = { kind: "none" };
  #expiry: Timer | undefined;
  #lastZxidSeen = 0n;
  #refusalsInRow = 0;
  /** Attempts that ended for want of a greeting. */
  #silencesInRow = 0;
  /** Of one another's certificates; undefined once there was a session: then somebody is changing them. */
  #distrustInRow: number | undefined = 0;
  readonly #failures = new Map<string, string>();

  constructor(options: SessionOptions, owner: SessionOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#ring = new HostRing(options.hosts, options.random);
    this.#backoff = new Backoff({ firstMs: backoffFirstMs, mostMs: backoffMostMs }, options.random);
  }

  get state(): SessionState {
    return this.#state;
  }

  get lastZxidSeen(): bigint {
    return this.#lastZxidSeen;
  }

  /** The connection that requests go out by. */
  get connection(): Connection | undefined {
    return this.#link.kind === "open" ? this.#link.connection : undefined;
  }

  /** What each server said last, of those that could not be reached. */
  get failures(): string {
    return [...this.#failures.values()].join("; ");
  }

  start(): void {
    this.#dial();
  }

  /** Nothing comes after it. Where there is no connection, the session ends at the server by its time-out. */
  close(error: SkylarkError | undefined): Promise<void> {
    const cause = error ?? new SkylarkError("cancelled", "the client was closed");
    this.#change({ kind: "closed", error });
    return this.#drop(cause);
  }

  greeted(response: ConnectResponse, sentAt: number): void {
    const link = this.#link;
    if (link.kind !== "greeting") return;
    this.#refusalsInRow = 0;
    this.#silencesInRow = 0;
    const { connection } = link;
    const isOver = response.timeoutMs <= 0 || response.sessionId === 0n;
    if (isOver && this.#state.kind === "suspended") {
      return this.#expire();
    }
    if (isOver || response.readOnly || link.asksOnly) {
      const why = isOver ? "granted no session" : link.asksOnly ? "lags behind" : "has lost its quorum, and only reads";
      return connection.end(new SkylarkError("unavailable", `${connection.host} ${why}`));
    }
    this.#granted(connection, response, sentAt);
  }

  heard(): void {
    if (this.#link.kind === "open") this.#link.liveness.heard(this.#options.clock.now());
  }

  answered(sentAt: number, zxid: bigint): void {
    if (zxid > this.#lastZxidSeen) this.#lastZxidSeen = zxid;
    if (this.#link.kind === "open") this.#link.liveness.answered(sentAt);
  }

  fired(event: WatchEvent): void {
    this.#owner.fired(event);
  }

  writable(): void {
    if (this.#link.kind === "open") this.#owner.writable(this.#link.connection);
  }

  asked(now: number): void {
    if (this.#link.kind === "open") this.#link.liveness.asked(now);
  }

  ended(cause: SkylarkError, wasGreeting: boolean): void {
    const link = this.#link;
    if (link.kind !== "greeting" && link.kind !== "open") return;
    this.#link = { kind: "none" };
    this.#failures.set(link.connection.host, cause.message);
    this.#options.log("debug", cause.message);
    this.#refusalsInRow = wasGreeting ? this.#refusalsInRow + 1 : 0;
    if (link.kind === "greeting") link.patience.cancel();
    else this.#lost(link);
    if (this.#isDistrusted(cause)) this.#owner.refused(cause);
    this.#pause();
  }

  /** Whether all servers in a row, from the start, would not do for reasons that time does not heal. */
  #isDistrusted({ code }: SkylarkError): boolean {
    if (this.#distrustInRow === undefined) return false;
    this.#distrustInRow = code === "unauthenticated" ? this.#distrustInRow + 1 : 0;
    return this.#distrustInRow >= this.#ring.size;
  }

  #dial(): void {
    if (this.#state.kind !== "connecting" && this.#state.kind !== "suspended") return;
    const { tls, timeoutMs, replyBytesMax, clock } = this.#options;
    const address = this.#ring.next();
    const session = this.#state.kind === "suspended" ? this.#state.session : undefined;
    const asksOnly = this.#mustAsk();
    const request = {
      lastZxidSeen: asksOnly ? 0n : this.#lastZxidSeen,
      timeoutMs: session?.timeoutMs ?? timeoutMs,
      sessionId: session?.id ?? 0n,
      password: session?.password ?? newSessionPassword,
      readOnly: false,
    };
    const connection = new Connection({ address, tls, request, replyBytesMax, clock }, this);
    const silentRounds = Math.floor(this.#silencesInRow / this.#ring.size);
    const patienceMs = connectPatienceMs(request.timeoutMs, this.#ring.size, silentRounds);
    const patience = clock.after(patienceMs, () => {
      this.#silencesInRow += 1;
      const message = `${hostName(address)} did not answer within ${Math.round(patienceMs)} ms`;
      connection.end(new SkylarkError("unavailable", message));
    });
    this.#link = { kind: "greeting", connection, patience, asksOnly };
  }

  /**
   * A server that has seen less than this client hangs up; so do all, for ever, once their data was wiped, and nobody
   * is there to say that the session is over. Then, where its time has passed and a whole round has hung up, every other
   * round asks as one who has seen nothing. A server that knows the session only lags, and is left again.
   */
  #mustAsk(): boolean {
    if (this.#state.kind !== "suspended" || this.#options.clock.now() < this.#state.expiresAt) return false;
    return Math.floor(this.#refusalsInRow / this.#ring.size) % 2 === 1;
  }

  #granted(connection: Connection, { sessionId, password, timeoutMs }: ConnectResponse, sentAt: number): void {
    if (this.#link.kind === "greeting") this.#link.patience.cancel();
    const isResumed = this.#state.kind === "suspended";
    if (this.#state.kind === "suspended" && this.#state.session.id !== sessionId) {
      return connection.end(
        new SkylarkError("unavailable", `${connection.host} granted another session`, { reason: "PROTOCOL" }),
      );
    }
    const { clock } = this.#options;
    const now = clock.now();
    this.#expiry?.cancel();
    this.#failures.clear();
    this.#distrustInRow = undefined;
    const liveness = new Liveness(timeoutMs, sentAt, now);
    this.#link = { kind: "open", connection, liveness, look: clock.after(0, () => this.#look()), since: now };
    this.#change({ kind: "granted", session: { id: sessionId, password, timeoutMs }, host: connection.host });
    if (this.connection === connection) this.#owner.established(connection, isResumed); // unless a listener closed it
  }

  #look(): void {
    const link = this.#link;
    if (link.kind !== "open" || this.#state.kind !== "connected") return;
    const { clock, expiresBy } = this.#options;
    const now = clock.now();
    const { timeoutMs } = this.#state.session;
    if (expiresBy === "own-clock" && now >= link.liveness.provenAt + timeoutMs) return this.#expire(); // after a stall
    const verdict = link.liveness.judge(now);
    if (verdict.kind === "silent") {
      return link.connection.end(
        new SkylarkError("unavailable", `${link.connection.host} has gone silent`, { reason: "CONNECTION_LOST" }),
      );
    }
    if (verdict.kind === "ask") link.connection.ping();
    link.look = clock.after(verdict.until - now, () => this.#look());
  }

  #lost({ liveness, look, since }: Link & { kind: "open" }): void {
    const { clock, expiresBy } = this.#options;
    look.cancel();
    const timeoutMs = this.#state.kind === "connected" ? this.#state.session.timeoutMs : 0;
    if (clock.now() - since >= timeoutMs * steadyShare) this.#backoff.reset();
    this.#change({ kind: "lost", provenAt: liveness.provenAt });
    if (this.#state.kind !== "suspended" || expiresBy === "server") return;
    const remainsMs = Math.max(0, this.#state.expiresAt - clock.now());
    this.#expiry = clock.after(remainsMs, () => this.#expire(), true);
  }

  #pause(): void {
    if (this.#state.kind !== "connecting" && this.#state.kind !== "suspended") return;
    if (this.#link.kind !== "none") return; // a listener was faster
    const timer = this.#options.clock.after(
      this.#backoff.next(),
      () => {
        this.#link = { kind: "none" };
        this.#dial();
      },
      true,
    );
    this.#link = { kind: "pausing", timer };
  }

  #expire(): void {
    const error = new SkylarkError("unavailable", "the session has expired", { reason: "SESSION_EXPIRED" });
    this.#change({ kind: "expired" });
    void this.#drop(error);
    this.#lastZxidSeen = 0n; // the next session begins an order of its own
    this.#refusalsInRow = 0;
    if (this.#state.kind !== "expired" || this.#options.onExpiry === "end") return;
    this.#change({ kind: "reopened" });
    this.#pause();
  }

  /** Lets go of the link. What the server still holds of a session that is over goes with the connection. */
  async #drop(cause: SkylarkError): Promise<void> {
    const link = this.#link;
    this.#link = { kind: "none" };
    this.#expiry?.cancel();
    if (link.kind === "pausing") link.timer.cancel();
    if (link.kind === "greeting") {
      link.patience.cancel();
      link.connection.end(cause);
    }
    if (link.kind === "open") {
      link.look.cancel();
      await link.connection.leave(leaveMsMax, cause);
    }
  }

  #change(event: SessionEvent): void {
    const before = this.#state;
    this.#state = nextState(before, event);
    if (this.#state !== before) this.#owner.stateChanged(this.#state);
  }
}
