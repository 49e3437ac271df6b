import { SkylarkError } from "@skylark/core";
import { type Clock, deferred } from "@skylark/core/internal";
import { type ExitCode, exitCodes } from "../failure.js";
import type { Listing } from "./readiness.js";
import type { PassOn } from "./running-process.js";
import { type Launched, SupervisedProcess, type SupervisionLimits } from "./supervised-process.js";
import type { OpenedProcess } from "./system-definition.js";
import type { ProcessPlan } from "./system-plan.js";
import type { TellUp } from "./up-event.js";

export interface SystemRunOptions {
  /** In the order of their start. */
  readonly plans: readonly ProcessPlan[];
  readonly launch: (plan: ProcessPlan, passOn: PassOn) => Launched;
  readonly clock: Clock;
  readonly listing: Listing;
  readonly tell: TellUp;
  /** Called once all are ready; answers with what is then said. */
  readonly opened: (processes: Readonly<Record<string, OpenedProcess>>) => Promise<readonly string[]>;
  readonly limits?: Partial<SupervisionLimits>;
}

/** Why nothing more is started where that was asked for; otherwise it is a failure. */
const wish = Symbol("asked to end");

/** Starts processes, each as soon as those that it comes after are ready; keeps them running; ends them in reverse. */
export class SystemRun {
  readonly #options: SystemRunOptions;
  readonly #processes: ReadonlyMap<string, SupervisedProcess>;
  readonly #asked = deferred();
  readonly #giveUp = new AbortController();

  constructor(options: SystemRunOptions) {
    this.#options = options;
    const { clock, listing, tell, limits = {} } = options;
    this.#processes = new Map(
      options.plans.map((plan) => {
        const launch = (passOn: PassOn): Launched => options.launch(plan, passOn);
        return [plan.name, new SupervisedProcess({ plan, launch, clock, listing, tell, limits })];
      }),
    );
  }

  /** Runs until it is asked to end, or nothing runs any more. Answers with the exit code; never fails. */
  async run(): Promise<ExitCode> {
    const { tell } = this.#options;
    let failed = false;
    try {
      await this.#start();
      await Promise.race([this.#asked.promise, this.#untilAllDown()]);
    } catch (thrown) {
      failed = this.#giveUp.signal.reason !== wish;
      if (failed) tell({ kind: "failed", message: SkylarkError.from(thrown).message });
    }
    this.#giveUp.abort();
    const orderly = await this.#leave();
    return orderly && !failed ? exitCodes.ok : exitCodes.failed;
  }

  /** Asks everything to end in order. */
  ask(): void {
    this.#giveUp.abort(wish);
    this.#asked.resolve();
  }

  /** Ends everything at once. */
  kill(): void {
    for (const process of this.#processes.values()) process.kill();
  }

  /** All together, each behind those it comes after. The first that fails keeps the rest from starting. */
  async #start(): Promise<void> {
    const { plans, opened, tell } = this.#options;
    const ready = new Map<string, Promise<void>>();
    for (const plan of plans) ready.set(plan.name, this.#startAfter(plan, ready));
    const first = Promise.race([Promise.all(ready.values()), this.#asked.promise]);
    await first.catch((thrown: unknown) => {
      this.#giveUp.abort(thrown);
      throw thrown;
    });
    if (this.#giveUp.signal.aborted) return;
    try {
      tell({ kind: "opened", lines: await opened(this.#running()) });
    } catch (thrown) {
      const message = `everything is ready; what is then to be said failed: ${SkylarkError.from(thrown).message}`;
      tell({ kind: "log", level: "error", message });
    }
  }

  async #startAfter(plan: ProcessPlan, ready: ReadonlyMap<string, Promise<void>>): Promise<void> {
    await Promise.all(plan.after.flatMap((other) => ready.get(other) ?? []));
    if (this.#giveUp.signal.aborted) return;
    try {
      await this.#processes.get(plan.name)?.start();
    } catch (thrown) {
      if (plan.optional === undefined)
        throw new SkylarkError("failed_precondition", `"${plan.name}" did not start`, { cause: thrown });
      const why = SkylarkError.from(thrown).message;
      this.#options.tell({ kind: "leftOut", process: plan.name, why, missing: plan.optional });
    }
  }

  #running(): Readonly<Record<string, OpenedProcess>> {
    const found = this.#options.plans.flatMap(({ name, port }) => {
      const { pid, address } = this.#processes.get(name) ?? {};
      return pid === undefined ? [] : [[name, { pid, address, port }] as const];
    });
    return Object.fromEntries(found);
  }

  /** Fails unless what ended had only to run once. */
  async #untilAllDown(): Promise<void> {
    await Promise.all([...this.#processes.values()].map(({ down }) => down));
    if (this.#options.plans.every(({ restart }) => restart === "never")) return;
    throw new SkylarkError("failed_precondition", "nothing runs any more");
  }

  /** Each leaves once those that come after it have left: nobody loses what it calls. Whether all did so in order. */
  async #leave(): Promise<boolean> {
    const { plans } = this.#options;
    const left = new Map<string, Promise<boolean>>();
    for (const { name } of plans.toReversed()) {
      const later = plans.filter(({ after }) => after.includes(name)).flatMap((plan) => left.get(plan.name) ?? []);
      left.set(
        name,
        Promise.all(later).then(() => this.#processes.get(name)?.stop() ?? true),
      );
    }
    return (await Promise.all(left.values())).every((orderly) => orderly);
  }
}
