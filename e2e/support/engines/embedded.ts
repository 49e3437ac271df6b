import { setTimeout as pause } from "node:timers/promises";
import { type Coordination, openCoordination } from "@skylark/coordination";
import { randomIndex } from "@skylark/core/internal";
import { type Fault, Gate } from "@skylark/testkit";
import { until } from "../until.js";
import { World } from "../world.js";
import type { RegisterEngine } from "./register-engine.js";

const ttlMs = 4000;

/** Processes of their own host the store, one at a time; the clients are here, and never host. */
class Embedded implements RegisterEngine {
  readonly topology = `2 processes that may host, TTL ${ttlMs} ms`;
  readonly faults: readonly Fault[] = [
    { name: "host killed", strike: () => this.#killHost() },
    { name: "answers lost", strike: (random) => this.#loseAnswers(randomIndex(random, 20)) },
  ];
  readonly #world = new World({ SKYLARK_SESSION_TTL_MS: String(ttlMs) });
  readonly #gates = new Set<Gate>();

  async start(): Promise<void> {
    await Promise.all([this.#world.start("store-host"), this.#world.start("store-host")]);
  }

  async open(): Promise<Coordination> {
    const gate = new Gate();
    const { home } = this.#world;
    const client = await openCoordination({ home, ttlMs, host: false, transport: gate, openTimeoutMs: 60_000 });
    this.#gates.add(gate);
    client.onSession(({ kind }) => {
      if (kind === "closed") this.#gates.delete(gate);
    });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]();
  }

  /** Another takes over; a third stands by before it can be killed in its turn. */
  async #killHost(): Promise<void> {
    const [host] = this.#world.hosts();
    await host?.kill();
    await until("another process hosts the store", 20_000, () => this.#world.hosts().length === 1 || "nobody does");
    await this.#world.start("store-host");
  }

  /** What is asked for a moment is done, and nobody is told: then the connections are gone. */
  async #loseAnswers(forMs: number): Promise<void> {
    const gates = [...this.#gates];
    const resume = gates.map((gate) => gate.deafen());
    await pause(5 + forMs);
    for (const gate of gates) gate.cut();
    for (const each of resume) each();
  }
}

export async function embeddedRegisters(): Promise<RegisterEngine> {
  const engine = new Embedded();
  await engine.start();
  return engine;
}
