import { SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred } from "@skylark/core/internal";
import { LastLines } from "./last-lines.js";
import { type AwaitedProcess, type Listing, readyAt } from "./readiness.js";
import type { Ending, PassOn } from "./running-process.js";
import type { ProcessPlan } from "./system-plan.js";
import type { TellUp } from "./up-event.js";

/** When a process that dies is started again, and when no more. */
export interface SupervisionLimits {
  /** One that died so soon after it was ready died quickly; so did one that never was. */
  readonly quickMs: number;
  /** So many quick deaths in a row, and it stays down. */
  readonly quickDeathsMax: number;
  /** The pause before the first restart; it doubles with each quick death. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How long it may take to leave when asked; longer than its drain may take. */
  readonly leaveMs: number;
}

const usualLimits: SupervisionLimits = {
  quickMs: 5_000,
  quickDeathsMax: 5,
  firstPauseMs: 250,
  longestPauseMs: 8_000,
  leaveMs: 40_000,
};

/** How one ends that was asked to: by itself, or, having nothing to finish, by the very signal. */
const inOrder: readonly Ending[] = [0, "SIGTERM", 143];

/** One start of it. */
export interface Launched extends AwaitedProcess {
  ask(): void;
  kill(): void;
}

export interface SupervisedProcessOptions {
  readonly plan: Pick<ProcessPlan, "name" | "ready" | "restart">;
  readonly launch: (passOn: PassOn) => Launched;
  readonly clock: Clock;
  readonly listing: Listing;
  readonly tell: TellUp;
  readonly limits?: Partial<SupervisionLimits>;
}

type SupervisionState =
  | { readonly kind: "idle" }
  /** Not ready yet, or again not. */
  | { readonly kind: "starting"; readonly process: Launched; readonly giveUp: AbortController }
  | { readonly kind: "running"; readonly process: Launched; readonly address: string | undefined }
  | { readonly kind: "resting"; readonly wake: Deferred<void> }
  | { readonly kind: "leaving"; readonly process: Launched }
  | { readonly kind: "down" };

/** A process that is kept running: started again when it dies, until it is stopped, or dies too quickly too often. */
export class SupervisedProcess {
  readonly name: string;
  readonly #options: SupervisedProcessOptions;
  readonly #limits: SupervisionLimits;
  readonly #lastLines = new LastLines();
  #state: SupervisionState = { kind: "idle" };
  #supervision: Promise<void> = Promise.resolve();
  #quickDeaths = 0;

  constructor(options: SupervisedProcessOptions) {
    this.name = options.plan.name;
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
  }

  /** The id of its process; undefined while there is none. */
  get pid(): number | undefined {
    return "process" in this.#state ? this.#state.process.pid : undefined;
  }

  /** Where it is reached, as far as anybody knows. */
  get address(): string | undefined {
    return this.#state.kind === "running" ? this.#state.address : undefined;
  }

  get isDown(): boolean {
    return this.#state.kind === "down";
  }

  /** Settles when nothing of it runs and nothing will any more. */
  get down(): Promise<void> {
    return this.#supervision;
  }

  /**
   * Resolves when it is ready, or needs no more to be. Where it does not become ready it is not tried again: fails as
   * `readyAt` does, and is told before.
   */
  async start(): Promise<void> {
    const started = this.#launch();
    try {
      await this.#untilReady(started, false);
    } catch (thrown) {
      if (this.#state.kind !== "starting" || (await this.#isDone(started))) return; // it was asked to leave, or has done its work
      this.#state = { kind: "down" };
      started.kill();
      await started.ended;
      this.#tellNotReady(thrown);
      throw thrown;
    }
    this.#supervision = this.#supervise(started);
  }

  /** Asks it to leave and waits until it has; whether it did so in order. */
  async stop(): Promise<boolean> {
    const state = this.#state;
    if (state.kind === "resting") state.wake.resolve();
    if (state.kind === "starting") state.giveUp.abort();
    if (state.kind !== "running" && state.kind !== "starting") {
      this.#state = { kind: "down" };
      await this.#supervision;
      return true;
    }
    const { tell, clock } = this.#options;
    const { process } = state;
    this.#state = { kind: "leaving", process };
    tell({ kind: "leaving", process: this.name });
    process.ask();
    const { leaveMs } = this.#limits;
    const late = clock.after(leaveMs, () => {
      tell({ kind: "late", process: this.name, afterMs: leaveMs });
      process.kill();
    });
    const ending = await process.ended;
    late.cancel();
    await this.#supervision;
    tell({ kind: "left", process: this.name, ending });
    return inOrder.includes(ending);
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    if ("process" in this.#state) this.#state.process.kill();
  }

  #launch(): Launched {
    const { launch, tell } = this.#options;
    this.#lastLines.clear();
    const process = launch((line) => {
      this.#lastLines.add(line);
      tell({ kind: "output", process: this.name, line });
    });
    this.#state = { kind: "starting", process, giveUp: new AbortController() };
    tell({ kind: "launched", process: this.name });
    return process;
  }

  async #untilReady(process: Launched, again: boolean): Promise<void> {
    if (this.#state.kind !== "starting") return;
    const { clock, listing, tell, plan } = this.#options;
    const startedAt = clock.now();
    const progress = new Progress(clock, (what, ms) => tell({ kind: "waiting", process: this.name, for: what, ms }));
    try {
      const tools = { clock, listing, waiting: (what: string) => progress.now(what) };
      const address = await readyAt(process, plan.ready, tools, this.#state.giveUp.signal);
      this.#state = { kind: "running", process, address };
      const ms = Math.round(clock.now() - startedAt);
      tell({ kind: "ready", process: this.name, pid: process.pid ?? null, address: address ?? null, ms, again });
    } finally {
      progress.end();
    }
  }

  /** Something that runs once, and has. */
  async #isDone(process: Launched): Promise<boolean> {
    if (this.#options.plan.restart !== "never") return false;
    const ending = await Promise.race([process.ended, Promise.resolve()]);
    if (ending !== 0) return false;
    this.#state = { kind: "down" };
    this.#options.tell({ kind: "died", process: this.name, ending, restartInMs: null, why: null });
    return true;
  }

  async #supervise(first: Launched): Promise<void> {
    for (let process = first; ; process = this.#launch()) {
      if (process !== first) await this.#welcome(process);
      const readyAt = this.#options.clock.now();
      const ending = await process.ended;
      if (!this.#isKept()) break;
      const isQuick = this.#state.kind === "starting" || this.#options.clock.now() - readyAt < this.#limits.quickMs;
      this.#quickDeaths = isQuick ? this.#quickDeaths + 1 : 0;
      if (!(await this.#restAfter(ending))) break;
    }
    this.#state = { kind: "down" };
  }

  /** Nobody has asked it to leave. */
  #isKept(): boolean {
    return this.#state.kind === "running" || this.#state.kind === "starting";
  }

  /** A restarted one is waited for like the first; one that does not become ready is ended, and has died quickly. */
  async #welcome(process: Launched): Promise<void> {
    try {
      await this.#untilReady(process, true);
    } catch (thrown) {
      if (this.#state.kind !== "starting" || SkylarkError.is(thrown, "unavailable")) return; // its end is told by itself
      this.#tellNotReady(thrown);
      process.kill();
    }
  }

  #tellNotReady(thrown: unknown): void {
    const why = SkylarkError.from(thrown).message;
    this.#options.tell({ kind: "notReady", process: this.name, why, lines: this.#lastLines.all });
  }

  /** Pauses before the next start; false where there is none. */
  async #restAfter(ending: Ending): Promise<boolean> {
    const { quickDeathsMax, quickMs, firstPauseMs, longestPauseMs } = this.#limits;
    const { tell, plan, clock } = this.#options;
    const died = { kind: "died", process: this.name, ending } as const;
    if (plan.restart === "never") {
      tell({ ...died, restartInMs: null, why: null });
      return false;
    }
    if (this.#quickDeaths >= quickDeathsMax) {
      const why = `${this.#quickDeaths} times in a row within ${quickMs / 1000} s of its start`;
      tell({ ...died, restartInMs: null, why });
      return false;
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, this.#quickDeaths - 1));
    tell({ ...died, restartInMs: pauseMs, why: null });
    const wake = deferred();
    this.#state = { kind: "resting", wake };
    const timer = clock.after(pauseMs, () => wake.resolve(), true);
    await wake.promise;
    timer.cancel();
    return this.#state.kind === "resting";
  }
}

/** Says what is waited for, less and less often. */
class Progress {
  readonly #tell: (what: string, ms: number) => void;
  readonly #timers: readonly { cancel(): void }[];
  #what = "";

  constructor(clock: Clock, tell: (what: string, ms: number) => void) {
    this.#tell = tell;
    this.#timers = progressMs.map((ms) => clock.after(ms, () => this.#tell(this.#what, ms)));
  }

  now(what: string): void {
    this.#what = what;
  }

  end(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}

const progressMs = [1_000, 3_000, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 60_000, 120_000];
