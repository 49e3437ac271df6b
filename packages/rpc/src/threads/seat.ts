import { type Log, SkylarkError } from "@skylark/core";
import type { Backoff, Clock, Timer } from "@skylark/core/internal";
import type { StartThread, Thread } from "./thread.js";
import type { ThreadAnswer, ThreadMethod, ToThread } from "./thread-messages.js";
import type { Work } from "./work.js";

/** A call on a thread. */
interface Running {
  readonly work: Work;
  readonly id: number;
  readonly slot: number;
  phase: RunningPhase;
}

type RunningPhase =
  | { readonly kind: "wanted" }
  /** `heard`: its thread lets others have their turn, and holds up nobody. */
  | { readonly kind: "cancelled" | "heard"; readonly grace: Timer };

const wanted: RunningPhase = { kind: "wanted" };

type SeatState =
  | { kind: "vacant" }
  /** Its thread crashed; another comes in a moment. */
  | { kind: "resting"; timer: Timer }
  | { kind: "starting"; thread: Thread; patience: Timer; problem: string | undefined }
  | { kind: "running"; thread: Thread; running: Map<number, Running>; free: number[] }
  /** Told to end; holds its place until it is gone, so that there are never more threads than seats. */
  | { kind: "ending" }
  | { kind: "closed" };

/** What a seat needs of its pool. */
export interface SeatParts {
  /** Of the service, for people. */
  readonly name: string;
  readonly startThread: StartThread;
  readonly callsPerThread: number;
  readonly graceMs: number;
  readonly clock: Clock;
  /** One for all seats: what crashes one thread crashes the next. */
  readonly backoff: Backoff;
  readonly log: Log;
  /** It can take a call, or may be started, which it could not before. */
  readonly changed: () => void;
  readonly opened: (methods: readonly ThreadMethod[]) => void;
  /** Its thread did not come to serve anything; another is tried after so long. */
  readonly refused: (why: string, delayMs: number) => void;
}

/** How long a module may take to load before it counts as hanging. */
const startMsMax = 60_000;

/** The place of one thread: whichever thread has it, from its start over its end to its successor. Owned by the pool. */
export class Seat {
  readonly #parts: SeatParts;
  #state: SeatState = { kind: "vacant" };
  /** Never used again, by no thread of this seat: what comes late finds nothing. */
  #lastId = 0;
  #whenGone: (() => void)[] = [];

  constructor(parts: SeatParts) {
    this.#parts = parts;
  }

  get kind(): SeatState["kind"] {
    return this.#state.kind;
  }

  /** How many more calls it takes. */
  get room(): number {
    return this.#state.kind === "running" ? this.#state.free.length : 0;
  }

  get inFlight(): number {
    return this.#state.kind === "running" ? this.#state.running.size : 0;
  }

  start(): void {
    if (this.#state.kind !== "vacant") return;
    const { startThread, clock, opened } = this.#parts;
    const thread = startThread({
      ready: (methods) => {
        if (this.#state.kind !== "starting") return;
        this.#state.patience.cancel();
        const free = Array.from({ length: this.#parts.callsPerThread }, (_, slot) => slot);
        this.#state = { kind: "running", thread, running: new Map(), free };
        opened(methods);
      },
      refused: (why) => {
        if (this.#state.kind === "starting") this.#state.problem = why;
      },
      heard: (id) => this.#heard(id),
      answered: (answer) => this.#answered(answer),
      gone: (why, trace) => this.#gone(why, trace),
    });
    const patience = clock.after(startMsMax, () => {
      if (this.#state.kind !== "starting") return;
      this.#state.problem = `it has not loaded within ${startMsMax / 1000} s`;
      thread.end();
    });
    this.#state = { kind: "starting", thread, patience, problem: undefined };
  }

  /** Hands a call to the thread, which must have room. Answers with what the call is known by here. */
  take(work: Work): number {
    const state = this.#state;
    const slot = state.kind === "running" ? state.free.pop() : undefined;
    if (state.kind !== "running" || slot === undefined) throw new SkylarkError("internal", "the seat has no room");
    const id = (this.#lastId % idsMax) + 1;
    this.#lastId = id;
    state.running.set(id, { work, id, slot, phase: wanted });
    work.taken();
    const { shape, args } = work;
    state.thread.tell({ kind: "call", id, slot, shape, facts: work.facts(), args });
    return id;
  }

  /** Says something about a call that it has; nothing where that is over. */
  tell(message: ToThread): void {
    const state = this.#state;
    if (state.kind === "running" && state.running.has(message.id)) state.thread.tell(message);
  }

  /**
   * Nobody waits for the call any more. If it runs on beyond the grace it is ended with its thread, unless that serves others
   * as well and listens.
   */
  cancel(id: number, { code, message }: SkylarkError): void {
    const state = this.#state;
    const running = state.kind === "running" ? state.running.get(id) : undefined;
    if (state.kind !== "running" || !running || running.phase.kind !== "wanted") return;
    state.thread.raise(running.slot, id, code);
    state.thread.tell({ kind: "cancel", id, code, message });
    running.phase = { kind: "cancelled", grace: this.#grace(running) };
  }

  /** Ends the thread. Resolves when it is gone. */
  async close(why: SkylarkError): Promise<void> {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    if (state.kind === "resting") state.timer.cancel();
    if (state.kind === "starting") state.patience.cancel();
    if (state.kind === "vacant" || state.kind === "resting") return;
    const gone = new Promise<void>((resolve) => this.#whenGone.push(resolve));
    if (state.kind === "running") this.#lose(state.running, why);
    if (state.kind !== "ending") state.thread.end();
    await gone;
  }

  #answered(answer: ThreadAnswer): void {
    const state = this.#state;
    if (state.kind !== "running") return;
    const running = state.running.get(answer.id);
    if (!running) return;
    if (answer.kind === "message") return running.work.answered(answer);
    release(running);
    state.running.delete(answer.id);
    state.free.push(running.slot);
    this.#parts.backoff.reset();
    running.work.answered(answer);
    this.#parts.changed();
  }

  #heard(id: number): void {
    const running = this.#state.kind === "running" ? this.#state.running.get(id) : undefined;
    if (running?.phase.kind === "cancelled") running.phase = { kind: "heard", grace: running.phase.grace };
  }

  #grace(running: Running): Timer {
    return this.#parts.clock.after(this.#parts.graceMs, () => this.#outstayed(running));
  }

  #outstayed(running: Running): void {
    const state = this.#state;
    if (state.kind !== "running") return;
    const othersRun = [...state.running.values()].some(({ phase }) => phase.kind === "wanted");
    if (running.phase.kind !== "heard" || !othersRun) return this.#evict(state, running.work);
    running.phase = { kind: "heard", grace: this.#grace(running) };
  }

  #evict(state: Extract<SeatState, { kind: "running" }>, work: Work): void {
    const { name, graceMs, log } = this.#parts;
    const { method } = work.facts();
    const what = `a thread of "${name}" was ended: ${method} ran on ${graceMs} ms after it was cancelled`;
    log("warn", what);
    this.#state = { kind: "ending" };
    this.#lose(state.running, threadEnded("unavailable", what));
    state.thread.end();
  }

  #gone(why: string, trace: string | undefined): void {
    const state = this.#state;
    const { name, log, changed } = this.#parts;
    switch (state.kind) {
      case "starting": {
        state.patience.cancel();
        const delayMs = this.#rest();
        this.#parts.refused(state.problem ?? why, delayMs);
        return;
      }
      case "running": {
        const delayMs = this.#rest();
        log(
          "error",
          `a thread of "${name}" crashed, and is replaced in ${delayMs} ms: ${why}`,
          trace === undefined ? undefined : { error: trace },
        );
        this.#lose(state.running, threadEnded("unknown", `a thread of "${name}" crashed with the call on it: ${why}`));
        return;
      }
      case "ending":
        this.#state = { kind: "vacant" };
        changed();
        return;
      case "closed":
        for (const tell of this.#whenGone.splice(0)) tell();
        return;
      default:
    }
  }

  /** Leaves the seat empty for a while. */
  #rest(): number {
    const { backoff, clock, changed } = this.#parts;
    const delayMs = Math.ceil(backoff.next());
    const timer = clock.after(delayMs, () => {
      this.#state = { kind: "vacant" };
      changed();
    });
    this.#state = { kind: "resting", timer };
    return delayMs;
  }

  #lose(running: ReadonlyMap<number, Running>, why: SkylarkError): void {
    for (const each of running.values()) {
      release(each);
      each.work.lost(why);
    }
  }
}

function release({ phase }: Running): void {
  if (phase.kind !== "wanted") phase.grace.cancel();
}

/** Ids and flags are 32-bit numbers; zero is no id. */
const idsMax = 0x7fff_fffe;

function threadEnded(code: "unknown" | "unavailable", message: string): SkylarkError {
  return new SkylarkError(code, message, { reason: "THREAD_ENDED" });
}
