import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Deferred, deferred, type Random } from "@skylark/core/internal";
import { Seat, type SeatParts } from "./seat.js";
import type { StartThread } from "./thread.js";
import type { ThreadMethod, ToThread } from "./thread-messages.js";
import type { Work } from "./work.js";

export interface ThreadPoolParts {
  /** Of the service, for people. */
  readonly name: string;
  readonly startThread: StartThread;
  readonly threads: number;
  /** Calls that one thread has at once. */
  readonly callsPerThread: number;
  /** Calls that may wait for a thread. */
  readonly waitingMax: number;
  /** From the cancellation of a call until the thread is ended that still runs it. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type PoolState =
  /** The first thread loads the module; whether that works is not known. */
  | { kind: "opening"; opened: Deferred<readonly ThreadMethod[]> }
  | { kind: "open" }
  | { kind: "closed"; gone: Promise<void> };

/** A module that crashes every thread costs a start every five seconds, not all of a core. */
const restMs = { firstMs: 100, mostMs: 5000 };

/**
 * Which thread gets which call: the one with the fewest, in the order of arrival; while all are busy, another thread is started, up to
 * as many as there are seats, and calls wait, up to a limit. Knows threads only by their port.
 */
export class ThreadPool {
  readonly #parts: ThreadPoolParts;
  readonly #seats: readonly Seat[];
  readonly #waiting = new Set<Work>();
  /** Where each call is that a thread has, or had. */
  readonly #seated = new WeakMap<Work, { readonly seat: Seat; readonly id: number }>();
  #state: PoolState = { kind: "opening", opened: deferred() };

  constructor(parts: ThreadPoolParts) {
    this.#parts = parts;
    const { name, startThread, callsPerThread, graceMs, clock, random, log } = parts;
    const backoff = new Backoff(restMs, random);
    const own: SeatParts = {
      ...{ name, startThread, callsPerThread, graceMs, clock, backoff, log },
      changed: () => this.#assign(),
      opened: (methods) => this.#opened(methods),
      refused: (why, delayMs) => this.#refused(why, delayMs),
    };
    this.#seats = Array.from({ length: parts.threads }, () => new Seat(own));
  }

  /** Starts the first thread. Resolves with what its module offers, fails where it cannot be loaded; then all is closed. */
  async open(): Promise<readonly ThreadMethod[]> {
    if (this.#state.kind !== "opening") throw new SkylarkError("failed_precondition", "the threads were opened before");
    this.#seats[0]?.start();
    return await this.#state.opened.promise;
  }

  /** Throws, with the promise that nothing ran, where too many calls wait already. */
  submit(work: Work): void {
    if (this.#state.kind !== "open") throw this.#refusal("its threads have ended");
    const { threads, waitingMax } = this.#parts;
    if (this.#waiting.size >= waitingMax && !this.#best()) {
      throw this.#refusal(
        `${waitingMax} calls wait for its ${threads} ${threads === 1 ? "thread" : "threads"} already`,
      );
    }
    const oneIsIdle = this.#seats.some(({ kind, inFlight }) => kind === "running" && inFlight === 0);
    this.#waiting.add(work);
    this.#assign();
    if (!oneIsIdle) this.#startAnother();
  }

  /** Says something about a call to the thread that has it. */
  tell(work: Work, message: (id: number) => ToThread): void {
    const seated = this.#seated.get(work);
    if (seated) seated.seat.tell(message(seated.id));
  }

  /** Nobody waits for the call any more. One that still waits never runs. */
  cancel(work: Work, why: SkylarkError): void {
    if (this.#waiting.delete(work)) return work.lost(why);
    const seated = this.#seated.get(work);
    if (seated) seated.seat.cancel(seated.id, why);
  }

  /** Ends all threads, whatever they do. Resolves when they are gone. */
  close(): Promise<void> {
    if (this.#state.kind === "closed") return this.#state.gone;
    const why = this.#refusal("its threads have ended");
    if (this.#state.kind === "opening") this.#state.opened.reject(why);
    for (const work of this.#takeWaiting()) work.lost(why);
    const mayHaveRun = new SkylarkError(why.code, why.message, { reason: "THREAD_ENDED" });
    const gone = Promise.all(this.#seats.map((seat) => seat.close(mayHaveRun))).then(() => undefined);
    this.#state = { kind: "closed", gone };
    return gone;
  }

  #opened(methods: readonly ThreadMethod[]): void {
    if (this.#state.kind === "opening") {
      const { opened } = this.#state;
      this.#state = { kind: "open" };
      opened.resolve(methods);
    }
    this.#assign();
  }

  #refused(why: string, delayMs: number): void {
    const { name, log } = this.#parts;
    if (this.#state.kind === "opening") {
      this.#state.opened.reject(
        new SkylarkError("failed_precondition", `the threads of "${name}" cannot start: ${why}`),
      );
      void this.close();
      return;
    }
    log("error", `a thread of "${name}" did not start, the next try is in ${delayMs} ms: ${why}`);
    // while others run, those who wait have somebody to wait for
    if (this.#seats.some(({ kind }) => kind === "running" || kind === "starting")) return;
    const refusal = this.#refusal(`none of its threads can start: ${why}`);
    for (const work of this.#takeWaiting()) work.lost(refusal);
  }

  #assign(): void {
    for (const work of this.#waiting) {
      const seat = this.#best();
      if (!seat) break;
      this.#waiting.delete(work);
      this.#seated.set(work, { seat, id: seat.take(work) });
    }
    const starting = this.#seats.filter(({ kind }) => kind === "starting").length;
    if (this.#waiting.size > starting * this.#parts.callsPerThread) this.#startAnother();
  }

  /** Of those with room, the one with the fewest calls. */
  #best(): Seat | undefined {
    let best: Seat | undefined;
    for (const seat of this.#seats) {
      if (seat.room > 0 && (!best || seat.inFlight < best.inFlight)) best = seat;
    }
    return best;
  }

  #startAnother(): void {
    if (this.#state.kind === "open") this.#seats.find(({ kind }) => kind === "vacant")?.start();
  }

  #takeWaiting(): Work[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  /** `unavailable`, and not `resource_exhausted`, since another instance may have room: callers try there. */
  #refusal(why: string): SkylarkError {
    return new SkylarkError("unavailable", `"${this.#parts.name}" takes no call here: ${why}`, { notExecuted: true });
  }
}
