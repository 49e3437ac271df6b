import type { Coordination, Entry, Json, SessionId, SessionStatus, WatchEvent } from "@skylark/coordination";
import { type LogLevel, SkylarkError } from "@skylark/core";
import { Backoff, type Deferred, deferred, type Timer } from "@skylark/core/internal";
import { races, refusals } from "./failures.js";
import { type KeepingOptions, keepingLimits } from "./keeping.js";
import { lastSeen } from "./last-seen.js";
import { nextStep, type Owner, type Step, type Wanted, wantGone, wantListed } from "./next-step.js";
import {
  type Expectation,
  type OwnedEntryState,
  type OwnedEntryStatus,
  type Settled,
  statusOf,
  type Working,
} from "./owned-entry-state.js";

export interface OwnedEntryOptions extends KeepingOptions {
  readonly key: string;
  /** Holds the nonce under `nonce`. */
  readonly value: Json;
  readonly nonce: string;
  /** How the log calls it. */
  readonly what: string;
  /** The store holds this value now. May be told the same again. */
  readonly onListed?: ((value: Json) => void) | undefined;
}

/**
 * An ephemeral entry of this process, kept in the store whatever happens to it there: a session that expires, a store
 * that is wiped, somebody who deletes or alters it, a write whose answer is lost. It knows only one way of repair: read,
 * take the one step that leads nearer (`nextStep`), again. Whoever starts it ends it by `leave`.
 */
export class OwnedEntry {
  readonly #coordination: Coordination;
  readonly #options: OwnedEntryOptions;
  readonly #backoff: Backoff;
  readonly #releases: (() => void)[] = [];
  #state: OwnedEntryState = { kind: "idle" };
  #wanted: Wanted;
  #sessions: readonly SessionId[] = [];
  #expected: Expectation | undefined;
  #left: Deferred<void> | undefined;
  #saidLast = "";

  constructor(coordination: Coordination, options: OwnedEntryOptions) {
    this.#coordination = coordination;
    this.#options = options;
    this.#wanted = wantListed(options.value);
    this.#backoff = new Backoff(keepingLimits.retryMs, options.random);
  }

  get status(): OwnedEntryStatus {
    return statusOf(this.#state, this.#wanted);
  }

  /** Resolves when it is listed for the first time; the store being away delays that. Rejects where it is refused for good. */
  async start(): Promise<void> {
    if (this.#state.kind !== "idle") throw this.#refusal("has been started before");
    const watch = this.#coordination.watch(this.#options.key, (event) => this.#seen(event));
    const unsubscribe = this.#coordination.onSession((status) => this.#sessionChanged(status));
    this.#releases.push(unsubscribe, () => watch.close());
    const listed = this.#expect("start");
    this.#work();
    await listed;
  }

  /** Changes what it says. Resolves when the store holds it. */
  async set(value: Json): Promise<void> {
    const { kind } = this.#state;
    if (this.#wanted.kind === "gone" || kind === "ended") throw this.#refusal("has left: it says nothing more");
    this.#wanted = wantListed(value);
    if (kind === "idle") return;
    const listed = this.#expect("change");
    this.#wantedChanged();
    await listed;
  }

  /**
   * Writes the farewell, then deletes the entry. Resolves when it is gone, with the store or without: a store that stays
   * away for 5 s is not waited for longer. Never rejects.
   */
  leave(farewell?: Json): Promise<void> {
    if (this.#left) return this.#left.promise;
    const left = deferred();
    this.#left = left;
    this.#wanted = wantGone(farewell);
    this.#disappoint(new SkylarkError("cancelled", `${this.#options.what} left meanwhile`));
    if (this.#state.kind === "idle" || this.#state.kind === "ended") {
      this.#end();
      return left.promise;
    }
    const overdue = (): void => {
      this.#say("warn", "could not be taken off the list yet: the store does not answer; it ends with the session");
      left.resolve();
    };
    const patience = this.#options.clock.after(keepingLimits.leaveMs, overdue, true);
    this.#releases.push(() => patience.cancel());
    this.#wantedChanged();
    return left.promise;
  }

  #sessionChanged(status: SessionStatus): void {
    if (status.kind === "closed") return this.#closed();
    if (status.kind === "established") return this.#established();
    if (status.kind === "expired" && this.#wanted.kind === "gone") return this.#end();
    // a session in suspense keeps its entries: what was settled stays so until it is known better
    if (status.kind === "expired" || this.#state.kind === "resting") this.#become({ kind: "offline" });
  }

  /**
   * The session that was, or another: in between, `expired` has been told. Everybody's is back at the same moment, so nobody
   * asks anything then: who was listed hears by the watch whether that is still so, who has to write waits for a turn.
   */
  #established(): void {
    const state = this.#state;
    if (state.kind === "settled") this.#become({ ...state, check: this.#nextCheck() });
    else if (state.kind === "working") state.stale = true;
    else if (this.#wanted.kind === "gone") this.#work();
    else if (state.kind === "offline") this.#awaitTurn();
  }

  #awaitTurn(): void {
    const { clock, random } = this.#options;
    const why = new SkylarkError("unavailable", "the store has just come back: it waits for its turn");
    const retry = clock.after(random.next() * keepingLimits.returnSpreadMs, () => this.#work());
    this.#become({ kind: "resting", why, retry });
  }

  #closed(): void {
    this.#disappoint(new SkylarkError("cancelled", `${this.#options.what} ended: its session was closed`));
    this.#end();
  }

  #wantedChanged(): void {
    const { kind } = this.#state;
    if (kind === "working") return; // it compares with what is wanted after each step
    if (kind === "offline" && this.#wanted.kind === "gone" && this.#coordination.session.kind !== "suspended") {
      return this.#end(); // without a session there is nothing of ours to take off
    }
    this.#work();
  }

  #seen(event: WatchEvent): void {
    const state = this.#state;
    if (state.kind !== "settled" && state.kind !== "working") return;
    const seen = lastSeen(event, this.#options.key);
    if (!seen || this.#step(seen.entry, state.session).kind === "none") return;
    if (state.kind === "working") state.stale = true;
    else this.#disturbed(state);
  }

  /** It was listed, and somebody deleted or altered it. */
  #disturbed(state: Settled): void {
    if (this.#options.clock.now() - state.since >= keepingLimits.calmMs) {
      this.#backoff.reset();
      this.#say("warn", "was deleted or altered by another; it comes back");
      return this.#work();
    }
    const why = new SkylarkError("aborted", `another keeps deleting or altering the entry ${this.#options.key}`);
    this.#rest(why, this.#backoff.next());
  }

  #work(): void {
    const { session } = this.#coordination;
    if (session.kind === "closed") return this.#closed();
    if (session.kind !== "established") return this.#become({ kind: "offline" });
    const { id } = session;
    this.#sessions = [...this.#sessions.filter((each) => each !== id), id].slice(-keepingLimits.earlierSessionsMax);
    const state: Working = { kind: "working", session: id, abort: new AbortController(), stale: true };
    this.#become(state);
    void this.#repair(state);
  }

  async #repair(state: Working): Promise<void> {
    try {
      let found: Entry | undefined;
      for (let steps = 0; steps < keepingLimits.stepsMax; steps++) {
        if (state.stale) {
          state.stale = false;
          found = await this.#coordination.get(this.#options.key, { fresh: true, signal: state.abort.signal });
        }
        if (this.#state !== state) return;
        if (state.stale) continue;
        const step = this.#step(found, state.session);
        if (step.kind === "none") return this.#settle(state.session);
        if (step.kind === "yield") return this.#yield(step.to);
        found = await this.#perform(step, state.abort.signal);
        if (this.#state !== state) return;
      }
      throw new SkylarkError("aborted", `the entry ${this.#options.key} changes faster than it can be repaired`);
    } catch (thrown) {
      // a lost answer may stand for a write that happened: the next round reads before it writes
      if (this.#state === state) this.#failed(SkylarkError.from(thrown, "unavailable"));
    }
  }

  async #perform(step: Exclude<Step, { kind: "none" | "yield" }>, signal: AbortSignal): Promise<Entry | undefined> {
    const { key } = this.#options;
    if (step.kind === "create") return this.#coordination.create(key, step.value, { ephemeral: true, signal });
    if (step.kind === "put") return this.#coordination.put(key, step.value, { revision: step.revision, signal });
    await this.#coordination.delete(key, { revision: step.revision, signal });
    return undefined;
  }

  #settle(session: SessionId): void {
    if (this.#wanted.kind === "gone") return this.#end();
    const { clock, onListed } = this.#options;
    this.#become({ kind: "settled", session, since: clock.now(), check: this.#nextCheck() });
    this.#saidLast = "";
    onListed?.(this.#wanted.value);
    const expected = this.#expected;
    this.#expected = undefined;
    expected?.met.resolve();
  }

  #nextCheck(): Timer {
    const { clock, random } = this.#options;
    return clock.after(keepingLimits.checkIntervalMs * (0.75 + random.next() / 2), () => {
      if (this.#state.kind === "settled") void this.#check(this.#state);
    });
  }

  /** A watch could be wrong; this looks for itself. While the store is away nothing is asked, for all would be sent at its return. */
  async #check(state: Settled): Promise<void> {
    let step: Step | undefined;
    try {
      const isInTouch = this.#coordination.session.kind === "established";
      if (isInTouch) step = this.#step(await this.#coordination.get(this.#options.key), state.session);
    } catch {
      // the store is away, and the session tells that by itself: the next check is as good
    }
    if (this.#state !== state) return;
    if (step !== undefined && step.kind !== "none") return this.#disturbed(state);
    if (step) this.#backoff.reset();
    this.#become({ ...state, check: this.#nextCheck() });
  }

  #failed(why: SkylarkError): void {
    if (this.#expected?.kind === "start" && refusals.has(why.code)) {
      this.#disappoint(why);
      return this.#end();
    }
    this.#rest(why, this.#backoff.next(), races.has(why.code) ? "debug" : "warn");
  }

  #yield(to: Entry): void {
    const message = `another lives at ${to.key}, under session ${to.owner ?? "none"}: two starts share one id`;
    this.#rest(new SkylarkError("already_exists", message), keepingLimits.checkIntervalMs, "error");
  }

  #rest(why: SkylarkError, delayMs: number, level: LogLevel = "warn"): void {
    this.#say(level, `is not as it should be in the store: ${why.message}`);
    const retry = this.#options.clock.after(delayMs, () => this.#work());
    this.#become({ kind: "resting", why, retry });
  }

  #step(found: Entry | undefined, session: SessionId): Step {
    const earlier = this.#sessions.filter((each) => each !== session);
    const owner: Owner = { session, earlier, nonce: this.#options.nonce };
    return nextStep(this.#wanted, found, owner);
  }

  #expect(kind: Expectation["kind"]): Promise<void> {
    this.#expected ??= { kind, met: deferred() };
    return this.#expected.met.promise;
  }

  #disappoint(why: SkylarkError): void {
    const expected = this.#expected;
    this.#expected = undefined;
    expected?.met.reject(why);
  }

  #end(): void {
    this.#become({ kind: "ended" });
    for (const release of this.#releases.splice(0)) release();
    this.#left?.resolve();
  }

  /** Each state gives back what it holds when it is left. */
  #become(next: OwnedEntryState): void {
    const before = this.#state;
    this.#state = next;
    if (before.kind === "working") before.abort.abort();
    else if (before.kind === "resting") before.retry.cancel();
    else if (before.kind === "settled") before.check.cancel();
  }

  /** Once per message in a row: a store that is away for an hour is not worth a thousand lines. */
  #say(level: LogLevel, what: string): void {
    const { log, what: subject, key } = this.#options;
    log(what === this.#saidLast ? "debug" : level, `${subject} ${what}`, { key });
    this.#saidLast = what;
  }

  #refusal(what: string): SkylarkError {
    return new SkylarkError("failed_precondition", `${this.#options.what} ${what}`);
  }
}
