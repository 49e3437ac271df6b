import { setTimeout as rest } from "node:timers/promises";
import { type Ending, endingText, PartProcess } from "./part-process.js";

/** When a part that dies is started again, and when no more. */
export interface SupervisionLimits {
  /** One that lived shorter died quickly. */
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

export interface SupervisedPartOptions {
  readonly name: string;
  /** The module that its process runs. */
  readonly script: string;
  /** What the launcher has to say of it. */
  readonly say: (words: string) => void;
  /** What it prints itself, line by line. */
  readonly passOn: (line: string) => void;
  readonly limits?: Partial<SupervisionLimits>;
}

type SupervisionState =
  | { kind: "idle" }
  | { kind: "running"; process: PartProcess }
  | { kind: "resting"; wake: AbortController }
  | { kind: "leaving"; process: PartProcess }
  | { kind: "down" };

/** A part that is kept running: started again when it dies, until it is stopped or dies too quickly too often. */
export class SupervisedPart {
  readonly name: string;
  readonly #options: SupervisedPartOptions;
  readonly #limits: SupervisionLimits;
  #state: SupervisionState = { kind: "idle" };
  #supervision: Promise<void> = Promise.resolve();

  constructor(options: SupervisedPartOptions) {
    this.name = options.name;
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
  }

  /** The id of its process, which is also that of its process group; undefined while there is none. */
  get pid(): number | undefined {
    return this.#state.kind === "running" || this.#state.kind === "leaving" ? this.#state.process.pid : undefined;
  }

  /** Resolves with where it is reached. Fails where it ends before it is ready: such a one is not tried again. */
  async start(): Promise<string> {
    const process = this.#launch();
    try {
      const address = await process.ready;
      this.#supervision = this.#supervise(process);
      return address;
    } catch (thrown) {
      this.#state = { kind: "down" };
      throw new Error(`${this.name} ${(thrown as Error).message}`, { cause: thrown });
    }
  }

  /** Settles when nothing of it runs and nothing will any more. */
  get down(): Promise<void> {
    return this.#supervision;
  }

  /** Asks it to leave and waits until it has; whether it did so in order. */
  async stop(): Promise<boolean> {
    const state = this.#state;
    if (state.kind === "resting") state.wake.abort();
    if (state.kind !== "running") {
      this.#state = { kind: "down" };
      await this.#supervision;
      return true;
    }
    const { process } = state;
    this.#state = { kind: "leaving", process };
    process.ask();
    const late = setTimeout(() => {
      this.#options.say(`has not left within ${this.#limits.leaveMs} ms: it is ended`);
      process.kill();
    }, this.#limits.leaveMs);
    const ending = await process.ended;
    clearTimeout(late);
    await this.#supervision;
    if (ending !== 0) this.#options.say(`ended ${endingText(ending)}`);
    return ending === 0;
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    const state = this.#state;
    if (state.kind === "running" || state.kind === "leaving") state.process.kill();
  }

  #launch(): PartProcess {
    const process = new PartProcess(this.#options.script, this.#options.passOn);
    this.#state = { kind: "running", process };
    return process;
  }

  async #supervise(first: PartProcess): Promise<void> {
    let quickDeaths = 0;
    for (let process = first; ; process = this.#launch()) {
      if (process !== first) this.#welcome(process);
      const ending = await process.ended;
      if (this.#state.kind !== "running") break;
      const lived = performance.now() - process.startedAt;
      quickDeaths = lived < this.#limits.quickMs ? quickDeaths + 1 : 0;
      if (!(await this.#restAfter(ending, quickDeaths))) break;
    }
    this.#state = { kind: "down" };
  }

  #welcome(process: PartProcess): void {
    process.ready.then(
      (address) => this.#options.say(`is back: ${address}, process ${process.pid}`),
      () => {}, // how it ended is told where it is awaited
    );
  }

  /** Pauses before the next start; false where there is none. */
  async #restAfter(ending: Ending, quickDeaths: number): Promise<boolean> {
    const { quickDeathsMax, quickMs, firstPauseMs, longestPauseMs } = this.#limits;
    if (quickDeaths >= quickDeathsMax) {
      const often = `${quickDeaths} times in a row within ${quickMs} ms of its start`;
      this.#options.say(`ended ${endingText(ending)}, ${often}: it stays down. The others go on`);
      return false;
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, quickDeaths - 1));
    this.#options.say(`ended ${endingText(ending)}; it is started again in ${pauseMs} ms`);
    const wake = new AbortController();
    this.#state = { kind: "resting", wake };
    await rest(pauseMs, undefined, { signal: wake.signal }).catch(() => {}); // woken because it is stopped
    return this.#state.kind === "resting";
  }
}
