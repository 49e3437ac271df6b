import type { TrafficReport } from "../programs/traffic.js";
import type { Program } from "./program.js";
import { trials, until } from "./until.js";
import { type Participant, World } from "./world.js";

/** What a participant says of a write it was asked for. */
export interface WriteReport {
  /** `written`, or the code of the failure. */
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly message: string;
  readonly tookMs: number;
}

const perSecond = 100;
/** What is answered at all succeeds, however busy the machine is. */
const timeoutMs = 60_000;
const callersCount = trials(2, 1);
const providersCount = trials(3, 2);

/** Providers that stay, one that comes and goes, and callers at a steady rate: processes that live through every outage of a test file. */
export class Company implements AsyncDisposable {
  static readonly topology =
    `${providersCount} providers, 1 that comes and goes, ${callersCount} callers at ${perSecond}/s`;
  readonly world: World;
  readonly providers: readonly Participant[];
  readonly newcomer: Participant;
  readonly callers: readonly Participant[];

  private constructor(world: World, [newcomer, ...providers]: readonly Participant[], callers: readonly Participant[]) {
    this.world = world;
    this.newcomer = newcomer as Participant;
    this.providers = providers;
    this.callers = callers;
  }

  static async gather(url: string, ttlMs: number): Promise<Company> {
    const world = new World({ SKYLARK_COORDINATION: url, SKYLARK_SESSION_TTL_MS: String(ttlMs) });
    const start = (count: number, service: string) =>
      Promise.all(Array.from({ length: count }, () => world.participant(service)));
    try {
      return new Company(world, await start(1 + providersCount, "echo"), await start(callersCount, "caller"));
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  get everybody(): readonly Participant[] {
    return [...this.providers, this.newcomer];
  }

  /** Calls from now on until what it answers with is called, which tells how many were made and which failed. */
  async calling(callers: readonly Program[] = this.callers): Promise<() => Promise<Calls>> {
    const order = { service: "echo", method: "echo", timeoutMs, perSecond };
    await Promise.all(callers.map((caller) => caller.ask("start", { ...order, name: `caller-${caller.pid}` })));
    return async () => {
      const reports = await Promise.all(callers.map((caller) => caller.ask<TrafficReport>("stop")));
      return {
        calls: reports.reduce((sum, { made }) => sum + made, 0),
        failures: reports.flatMap(({ failures }) => failures),
      };
    };
  }

  /** Resolves when each lists exactly these; with how long that took. */
  async allSee(
    listed: readonly Participant[],
    withinMs: number,
    observers: readonly Program[] = this.callers,
  ): Promise<number> {
    const wanted = listed.map(({ ready }) => ready.instance).toSorted();
    return await until("all see who is registered", withinMs, async () => {
      const seen = await Promise.all(observers.map((each) => each.ask<string[]>("directory", "echo")));
      const wrong = seen.find((ids) => ids.toSorted().join() !== wanted.join());
      return wrong === undefined || `${wrong.join()} instead of ${wanted.join()}`;
    });
  }

  /** The one that comes and goes is gone, and everybody knows; those stay, beside the providers. */
  async newcomerLeaves(guests: readonly Participant[] = []): Promise<void> {
    await this.newcomer.ask("unregister");
    await this.allSee([...this.providers, ...guests], 60_000);
  }

  /** It registers, and everybody sees it; answers with how long that took. */
  async newcomerRegisters(withinMs: number): Promise<number> {
    const registered = this.newcomer.ask("register");
    const tookMs = await this.allSee(this.everybody, withinMs);
    await registered;
    return tookMs;
  }

  /** One write, that waits as long as it likes. */
  async write(): Promise<WriteReport> {
    return await this.newcomer.ask<WriteReport>("write", timeoutMs);
  }

  /** How many sessions the store has ended so far. */
  async sessionsLost(): Promise<number> {
    const expired = await Promise.all(this.world.running.map((each) => each.ask<number>("expired")));
    return expired.reduce((sum, count) => sum + count, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

export interface Calls {
  readonly calls: number;
  readonly failures: TrafficReport["failures"];
}
