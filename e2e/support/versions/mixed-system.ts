import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TrafficOrder, TrafficReport } from "../../programs/traffic.js";
import { until } from "../until.js";
import type { Participant, ParticipantReady, World } from "../world.js";
import { fileOf, type Version } from "./version.js";

interface Member {
  readonly version: Version;
  readonly program: Participant;
}

type Method = TrafficOrder["method"];

interface Caller extends Member {
  readonly method: Method;
}

/** What became of all calls, and of the members that left. */
export interface Balance {
  readonly calls: number;
  readonly failures: TrafficReport["failures"];
  /** Calls that must not run twice, by their ids: those that were answered, and those that ran, in order. */
  readonly answered: readonly string[];
  readonly ran: readonly string[];
  /** By members with whom callers were connected. */
  readonly receipts: readonly string[];
  readonly exits: readonly (number | string)[];
}

/** One service, its providers and callers, each of either version, and replaced by either. */
export class MixedSystem {
  readonly #world: World;
  readonly #executions: string;
  readonly #providers: Member[] = [];
  readonly #callers: Caller[] = [];
  readonly #bystanders: Member[] = [];
  readonly #reports: TrafficReport[] = [];
  readonly #receipts: string[] = [];
  readonly #exits: (number | string)[] = [];
  readonly #versionOf = new Map<number, Version>();
  #callersMade = 0;

  constructor(world: World) {
    this.#world = world;
    this.#executions = join(world.home, "executions");
  }

  /** A member that neither offers what is called nor calls; the first of all hosts the store. */
  async addBystander(version: Version): Promise<void> {
    this.#bystanders.push(await this.#start(version, "bystander"));
  }

  async addProvider(version: Version): Promise<void> {
    this.#providers.push(await this.#start(version, "echo"));
  }

  async addCaller(version: Version, method: Method): Promise<void> {
    this.#callers.push(await this.#startCaller(version, method));
  }

  /** Stops one, then starts the next in its place. */
  async replaceProvider(at: number, version: Version): Promise<void> {
    const { program } = this.#providers[at] as Member;
    await this.#terminate(program);
    this.#receipts.push(...(program.output.match(/drain receipt: .*/g) ?? []));
    this.#providers[at] = await this.#start(version, "echo");
  }

  /** Starts the next, then stops one: there are always as many who call. */
  async replaceCaller(at: number, version: Version): Promise<void> {
    const { program, method } = this.#callers[at] as Caller;
    this.#callers[at] = await this.#startCaller(version, method);
    this.#reports.push(await program.ask<TrafficReport>("stop"));
    await this.#terminate(program);
  }

  /** Of which version the process is that hosts the store; undefined where none does at this moment. */
  get host(): Version["name"] | undefined {
    const [host] = this.#world.hosts();
    return host && this.#versionOf.get(host.pid)?.name;
  }

  /** Waits until each member, of either version, knows exactly the providers that run. */
  async everybodySees(): Promise<void> {
    const running = this.#providers.map(({ program }) => program.ready.instance).toSorted();
    for (const { version, program } of [...this.#bystanders, ...this.#callers, ...this.#providers]) {
      await until(`one of ${version.name} knows all providers`, 10_000, async () => {
        const known = (await program.ask<string[]>("directory", "echo")).toSorted();
        return known.join() === running.join() || `${known.join()} instead of ${running.join()}`;
      });
    }
  }

  /** Ends the calls, and reckons. */
  async balance(): Promise<Balance> {
    for (const { program } of this.#callers) this.#reports.push(await program.ask<TrafficReport>("stop"));
    return {
      calls: this.#reports.reduce((sum, { made }) => sum + made, 0),
      failures: this.#reports.flatMap(({ failures }) => failures),
      answered: this.#reports.flatMap(({ succeeded }) => (typeof succeeded === "number" ? [] : succeeded)).toSorted(),
      ran: readFileSync(this.#executions, "utf8").trimEnd().split("\n").toSorted(),
      receipts: this.#receipts,
      exits: this.#exits,
    };
  }

  async #startCaller(version: Version, method: Method): Promise<Caller> {
    const name = `caller-${++this.#callersMade}`;
    const caller = await this.#start(version, name);
    await caller.program.ask("start", { service: "echo", method, perSecond: 50, timeoutMs: 10_000, name });
    return { ...caller, method };
  }

  async #start(version: Version, service: string): Promise<Member> {
    const args = ["--service", service, "--executions", this.#executions];
    const program = await this.#world.start<ParticipantReady>(fileOf(version, "e2e/programs/participant.ts"), { args });
    this.#versionOf.set(program.pid, version);
    return { version, program };
  }

  async #terminate(program: Participant): Promise<void> {
    this.#exits.push(await program.terminate());
  }
}
