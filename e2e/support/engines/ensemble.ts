import { setTimeout as pause } from "node:timers/promises";
import { type Coordination, openCoordination } from "@skylark/coordination";
import { type Random, randomIndex } from "@skylark/core/internal";
import { type Fault, type FaultProxy, startFaultProxy } from "@skylark/testkit";
import { until } from "../until.js";
import type { RegisterEngine } from "./register-engine.js";

/** A running ensemble of some engine, as far as faults need to know it. */
export interface Ensemble {
  readonly members: readonly Member[];
  leader(): Promise<Member>;
  /** Resolves when every member takes part again. */
  whole(): Promise<void>;
  close(): Promise<void>;
}

interface Member {
  /** `127.0.0.1:4321`. */
  readonly address: string;
  kill(): Promise<void>;
  start(): void;
  freeze(): void;
  thaw(): void;
}

export interface EnsembleOptions {
  /** Of its URLs. */
  readonly scheme: string;
  readonly ttlMs: number;
}

/** Generous: servers that have just started, on a machine that does other things as well. */
const openMsMax = 90_000;

/** Registers on an ensemble: all clients reach it by the same proxies, one before each member. */
export class EnsembleRegisters implements RegisterEngine {
  readonly topology: string;
  readonly faults: readonly Fault[] = [
    { name: "leader killed", strike: () => this.#kill(() => this.#leader()) },
    { name: "member killed", strike: (random) => this.#kill(() => this.#anyMember(random)) },
    { name: "leader frozen", strike: () => this.#freeze(() => this.#leader()) },
    { name: "member frozen", strike: (random) => this.#freeze(() => this.#anyMember(random)) },
    { name: "connections cut", strike: () => this.#cut() },
    { name: "answers lost", strike: (random) => this.#loseAnswers(5 + randomIndex(random, 30)) },
  ];
  readonly #ensemble: Ensemble;
  readonly #proxies: readonly FaultProxy[];
  readonly #options: EnsembleOptions;

  private constructor(ensemble: Ensemble, proxies: readonly FaultProxy[], options: EnsembleOptions) {
    this.#ensemble = ensemble;
    this.#proxies = proxies;
    this.#options = options;
    this.topology = `${options.scheme}, ${ensemble.members.length} members, TTL ${options.ttlMs} ms`;
  }

  /** Takes the ensemble over, and closes it in the end. */
  static async over(ensemble: Ensemble, options: EnsembleOptions): Promise<EnsembleRegisters> {
    const proxies = await Promise.all(ensemble.members.map(({ address }) => startFaultProxy({ target: address })));
    const registers = new EnsembleRegisters(ensemble, proxies, options);
    await until("the store opens", openMsMax, () => registers.#opensOnce());
    return registers;
  }

  /** The first client prepares an empty store, which ten at once do slowly where others run as well. */
  async #opensOnce(): Promise<true | string> {
    try {
      await using first = await this.open();
      return first.session.kind === "established" || first.session.kind;
    } catch (error) {
      return String(error);
    }
  }

  async open(): Promise<Coordination> {
    const { scheme, ttlMs } = this.#options;
    const hosts = this.#proxies.map(({ address }) => address).join(",");
    return openCoordination({ url: `${scheme}://${hosts}/registers`, ttlMs, openTimeoutMs: 30_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await this.#ensemble.close();
  }

  #leader(): Promise<Member> {
    return insist(() => this.#ensemble.leader());
  }

  async #anyMember(random: Random): Promise<Member> {
    const { members } = this.#ensemble;
    return members[randomIndex(random, members.length)] as Member;
  }

  async #kill(which: () => Promise<Member>): Promise<void> {
    const member = await which();
    await member.kill();
    await this.#leader(); // of those that are left
    member.start();
    await insist(() => this.#ensemble.whole());
  }

  /** Longer than it takes to be noticed, by its peers and by its clients. */
  async #freeze(which: () => Promise<Member>): Promise<void> {
    const member = await which();
    member.freeze();
    await pause(this.#options.ttlMs);
    member.thaw();
    await insist(() => this.#ensemble.whole());
  }

  async #cut(): Promise<void> {
    for (const proxy of this.#proxies) proxy.cut();
  }

  /** What is asked for a moment is done, and nobody is told: then the connections are gone. */
  async #loseAnswers(forMs: number): Promise<void> {
    for (const proxy of this.#proxies) proxy.freeze(["to-client"]);
    await pause(forMs);
    for (const proxy of this.#proxies) proxy.cut();
    for (const proxy of this.#proxies) proxy.thaw();
  }
}

/** Asks anew where a member that has just died leaves a question unanswered. The run has a limit of its own. */
async function insist<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const asked = ask().then((answer) => ({ answer }));
    asked.catch(() => {}); // told by the race, if it is not over
    const told = await Promise.race([asked, pause(5000)]);
    if (told) return told.answer;
  }
}
