import { SkylarkError } from "@skylark/core";
import type { Timer } from "@skylark/core/internal";
import type { Coordination } from "../port.js";
import { isOver } from "./attempts.js";
import type { Surroundings } from "./surroundings.js";
import type { Ticket } from "./ticket.js";
import type { TicketQueue } from "./ticket-queue.js";

/**
 * COORD-RECIPE-8: this part of the TTL before its session could be over at the store, a holder is told that it holds no more. A renewal goes
 * out at each third of the TTL, and a silent connection is given up at two thirds: one lost renewal and one new connection fit
 * in before five sixths.
 */
const marginShare = 1 / 6;

/** How long `release` waits for the store to confirm. */
const releaseTimeoutMs = 5000;

type HoldState =
  | { kind: "held"; judgement: Timer; readonly stop: () => void }
  | { kind: "lost"; readonly why: SkylarkError }
  | { kind: "released" };

/**
 * A lock that is held. Whoever took it releases it.
 *
 * Holding ends by `release`, or by loss: `lost` aborts, with the reason, before anybody else can hold the lock. It cannot
 * reach code that does not run: a process that was frozen meanwhile wakes up believing in what it had. Hand `token` to the
 * guarded resource with every request, and let it refuse one that is lower than it has seen.
 */
export class HeldLock implements AsyncDisposable {
  readonly key: string;
  /** The fencing token: larger than that of any holder before. */
  readonly token: number;
  /** Aborts when the lock is held no more, unless it was released. Its reason is a SkylarkError. */
  readonly lost: AbortSignal;
  readonly #coordination: Coordination;
  readonly #queue: TicketQueue;
  readonly #ticket: Ticket;
  readonly #marginMs: number;
  readonly #surroundings: Surroundings;
  readonly #lost = new AbortController();
  #state: HoldState;
  #releasing: Promise<void> | undefined;

  /** Undefined: it is not certain now that the ticket's session lives long enough. */
  static of(
    coordination: Coordination,
    queue: TicketQueue,
    ticket: Ticket,
    surroundings: Surroundings,
  ): HeldLock | undefined {
    const { session } = coordination;
    if (session.kind !== "established" || session.id !== ticket.owner) return undefined;
    const marginMs = session.ttlMs * marginShare;
    if (coordination.sessionRemainingMs <= marginMs) return undefined;
    return new HeldLock(coordination, queue, ticket, { ...surroundings, marginMs });
  }

  private constructor(
    coordination: Coordination,
    queue: TicketQueue,
    ticket: Ticket,
    options: Surroundings & { readonly marginMs: number },
  ) {
    this.key = queue.key;
    this.token = ticket.token;
    this.lost = this.#lost.signal;
    this.#coordination = coordination;
    this.#queue = queue;
    this.#ticket = ticket;
    this.#surroundings = options;
    this.#marginMs = options.marginMs;
    const stopSession = coordination.onSession(() => this.#judge());
    const watch = coordination.watch(ticket.key, (event) => {
      const gone =
        event.kind === "snapshot" ? event.entries.length === 0 : event.changes.some(({ kind }) => kind === "deleted");
      if (gone) this.#lose(isOver(coordination, ticket.owner) ? this.#expired() : this.#removed());
    });
    const stop = (): void => {
      stopSession();
      watch.close();
    };
    this.#state = { kind: "held", judgement: this.#judgeIn(coordination.sessionRemainingMs), stop };
  }

  /** Throws the reason of `lost` where it is held no more, `failed_precondition` after release. Looks at the clock itself. */
  assertHeld(): void {
    this.#judge();
    if (this.#state.kind === "lost") throw this.#state.why;
    if (this.#state.kind === "released")
      throw new SkylarkError("failed_precondition", `the lock at ${this.key} was released`);
  }

  /**
   * Lets the next one in. Fails `deadline_exceeded` where the store has not confirmed it within 5 s; it is tried on until
   * the store does, or the session is over. Again, or after a loss, it is harmless.
   */
  async release(): Promise<void> {
    this.#stop();
    if (this.#state.kind === "held") this.#state = { kind: "released" };
    this.#releasing ??= this.#queue.remove(this.#ticket).catch((thrown: unknown) => {
      if (!isOver(this.#coordination, this.#ticket.owner)) throw thrown;
    });
    let patience: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      patience = this.#surroundings.clock.after(releaseTimeoutMs, () => reject(this.#unconfirmed()), true);
    });
    try {
      await Promise.race([this.#releasing, late]);
    } finally {
      patience?.cancel();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** What is certain now, by this process's own clock. */
  #judge(): void {
    if (this.#state.kind !== "held") return;
    if (isOver(this.#coordination, this.#ticket.owner)) return this.#lose(this.#expired());
    const remainingMs = this.#coordination.sessionRemainingMs;
    if (remainingMs <= this.#marginMs) return this.#lose(this.#doubtful());
    this.#state.judgement.cancel();
    this.#state.judgement = this.#judgeIn(remainingMs);
  }

  #judgeIn(remainingMs: number): Timer {
    return this.#surroundings.clock.after(remainingMs - this.#marginMs, () => this.#judge());
  }

  #lose(why: SkylarkError): void {
    if (this.#state.kind !== "held") return;
    this.#stop();
    this.#state = { kind: "lost", why };
    this.#lost.abort(why);
  }

  #stop(): void {
    if (this.#state.kind !== "held") return;
    this.#state.judgement.cancel();
    this.#state.stop();
  }

  #expired(): SkylarkError {
    return this.#loss(`the session that held ${this.key} with token ${this.token} is over; another may hold it`);
  }

  #doubtful(): SkylarkError {
    const message = `the store has not renewed the session that holds ${this.key} with token ${this.token}`;
    return this.#loss(`${message}, and its time runs out: another may soon hold it`);
  }

  #removed(): SkylarkError {
    return new SkylarkError("aborted", `the ticket that held ${this.key} with token ${this.token} was removed`);
  }

  #loss(message: string): SkylarkError {
    return new SkylarkError("aborted", message, { reason: "SESSION_EXPIRED" });
  }

  #unconfirmed(): SkylarkError {
    const message = `the store has not confirmed within ${releaseTimeoutMs} ms that ${this.key} is released`;
    return new SkylarkError("deadline_exceeded", `${message}; it is tried on until the session ends`);
  }
}
