import type { LogLevel } from "@skylark/core";
import { ManualClock, type Random, seededRandom } from "@skylark/core/internal";
import type { InstanceRecord } from "@skylark/discovery";
import { SimulatedStore } from "./simulated-store.js";

/** A store, a clock that the test moves, and what was logged. */
export class World {
  readonly store = new SimulatedStore();
  readonly clock = new ManualClock();
  readonly logged: { readonly level: LogLevel; readonly message: string }[] = [];
  readonly random: Random;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  /** What an entry is kept with. */
  get surroundings() {
    const log = (level: LogLevel, message: string): void => void this.logged.push({ level, message });
    return { clock: this.clock, random: this.random, log };
  }

  settle(): Promise<void> {
    return this.store.settle();
  }

  /** Time passes in small steps, and everything arrives at once. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed));
      await this.settle();
    }
  }

  /** What happened since the last time this was asked. */
  news(): string[] {
    return this.store.history.splice(0);
  }

  loudest(): string[] {
    return this.logged.filter(({ level }) => level === "error").map(({ message }) => message);
  }
}

const stepMs = 25;

export function instance(own: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    id: "k3f9",
    service: "grading",
    version: "1.2.0",
    address: "tcp://127.0.0.1:4000",
    protocol: "skylark",
    region: "eu",
    zone: "a",
    host: "school-1",
    tags: [],
    weight: 100,
    pid: 4711,
    startedAt: "2026-11-20T12:00:00.000Z",
    nonce: "n1",
    registered: true,
    state: "serving",
    requires: [],
    ...own,
  };
}

/** How a promise has ended by now: `pending`, `resolved`, or what it was rejected with. */
export function watched(promise: Promise<unknown>): { readonly outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: "pending" };
  promise.then(
    () => (seen.outcome = "resolved"),
    (thrown: unknown) => (seen.outcome = thrown),
  );
  return seen;
}
