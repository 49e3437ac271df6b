import type { Coordination, Json } from "@skylark/coordination";
import { Child, machineNow } from "../child.js";
import { type Engine, type EngineName, openEngine, patience, startEngine } from "../engines/engine.js";
import { instanceKey, instanceRecord, registrations } from "../engines/instances.js";
import { openRawStore, type RawStore } from "../engines/raw-store.js";
import { Latencies } from "../latencies.js";
import { probe, type Side, sides, type WatchersAnswer, type WatchersRequest } from "./watched.js";

export interface ChangesPlan {
  readonly engines: readonly EngineName[];
  readonly members: number;
  readonly rounds: number;
  /** Of each side. */
  readonly sessions: number;
  readonly processes: number;
  /** Made on each side in each round before anything counts: until then the watchers' processes compile what they run. */
  readonly warmUp: number;
  /** Measured on each side in each round. */
  readonly changes: number;
}

/** One side in one round. Times are in milliseconds, from the beginning of a write until the last watcher holds it. */
export interface ChangesMeasurement {
  readonly engine: EngineName;
  readonly members: number;
  readonly side: Side;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same, from when the write was acknowledged. */
  readonly ackedP50Ms: number;
  readonly ackedP99Ms: number;
  /** From the beginning of a write until the last watcher heard that something changed. */
  readonly noticedP50Ms: number;
  readonly noticedP99Ms: number;
  /** CPU time of the watchers' processes for each change and watcher. */
  readonly cpuMicros: number;
}

type Watchers = Child<WatchersRequest, WatchersAnswer>;

/** One after the other: a provider registers, changes and leaves. In turns of so many changes for each side. */
const changesInTurn = 30;

/** Instances that stay while one comes and goes. */
const standing = 20;

export async function measureChanges(
  plan: ChangesPlan,
  onProgress: (text: string) => void,
): Promise<ChangesMeasurement[]> {
  const measurements: ChangesMeasurement[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const name of plan.engines) {
      onProgress(`round ${round} of ${plan.rounds}: ${name}, opening 2 x ${plan.sessions} sessions`);
      await using engine = await startEngine(name, plan.members);
      measurements.push(...(await measureEngine(engine, plan, onProgress)));
    }
  }
  return measurements;
}

async function measureEngine(
  engine: Engine,
  plan: ChangesPlan,
  onProgress: (text: string) => void,
): Promise<ChangesMeasurement[]> {
  await using store = await openEngine(engine);
  const raw = await openRawStore(engine);
  for (const operations of registrations(standing)) await store.multi(operations, patience);
  await raw.create(probe.rawParent, "{}");
  const watchers = Array.from({ length: plan.processes }, (_, index): Watchers => {
    const args = [engine.name, engine.address, String(plan.sessions / plan.processes)];
    return new Child({
      script: "./changes/watchers-process.ts",
      args,
      title: `watchers ${index + 1} of ${engine.name}`,
    });
  });
  try {
    await Promise.all(watchers.map((child) => child.answer("ready")));
    const write = { directory: writesOf(store), raw: rawWritesOf(raw) };
    const books = await measureSides(watchers, write, plan, (done) =>
      onProgress(`  ${engine.name}: ${done} of ${plan.changes} changes`),
    );
    return sides.map((side) => ({ engine: engine.name, members: engine.members, side, ...books[side].figures() }));
  } finally {
    await Promise.all(watchers.map((child) => child[Symbol.asyncDispose]()));
    await raw.close();
  }
}

/** Both sides in turns, each first as often as second. */
async function measureSides(
  watchers: readonly Watchers[],
  write: Record<Side, Write>,
  plan: ChangesPlan,
  onDone: (changes: number) => void,
): Promise<Record<Side, Book>> {
  const books = { directory: new Book(plan), raw: new Book(plan) };
  for (let done = 0; done < plan.warmUp; done += changesInTurn)
    for (const side of sides) await turn(watchers, write[side], Math.min(changesInTurn, plan.warmUp - done));
  for (let done = 0; done < plan.changes; done += changesInTurn) {
    onDone(done);
    for (const side of done % (2 * changesInTurn) === 0 ? sides : sides.toReversed()) {
      await turn(watchers, write[side], Math.min(changesInTurn, plan.changes - done), books[side]);
    }
  }
  return books;
}

/** Writes one change after the other, each when the one before has reached everybody. */
async function turn(watchers: readonly Watchers[], write: Write, changes: number, book?: Book): Promise<void> {
  const before = await cpuOf(watchers);
  for (let change = 0; change < changes; change++) {
    const reached = Promise.all(watchers.map((child) => child.answer("reached")));
    const startedAt = machineNow();
    const acked = write(change).then(machineNow);
    const [ackedAt, ends] = await Promise.all([acked, reached]);
    const heldAt = Math.max(...ends.map((end) => end.heldAt));
    const noticedAt = Math.max(...ends.map((end) => end.noticedAt));
    book?.add({ startedAt, ackedAt, noticedAt, heldAt });
  }
  book?.spent((await cpuOf(watchers)) - before);
}

async function cpuOf(watchers: readonly Watchers[]): Promise<number> {
  let sum = 0;
  for (const child of watchers) {
    child.send({ kind: "cpu" });
    sum += (await child.answer("cpu")).cpuMicros;
  }
  return sum;
}

/** Makes the next change. */
type Write = (change: number) => Promise<unknown>;

let writes = 0;

function writesOf(store: Coordination): Write {
  const key = instanceKey(instanceRecord(probe.index, ""));
  const value = (): Json => ({ ...instanceRecord(probe.index, String(++writes)) }) as never;
  return (change) => {
    if (change % 3 === 0) return store.create(key, value(), { ...patience, ephemeral: true });
    return change % 3 === 1 ? store.put(key, value(), patience) : store.delete(key, patience);
  };
}

function rawWritesOf(raw: RawStore): Write {
  const value = (): string => JSON.stringify(instanceRecord(probe.index, String(++writes)));
  return (change) => {
    if (change % 3 === 0) return raw.create(probe.rawKey, value(), { ephemeral: true });
    return change % 3 === 1 ? raw.set(probe.rawKey, value()) : raw.delete(probe.rawKey);
  };
}

/** What one side's changes took. */
class Book {
  readonly #plan: ChangesPlan;
  readonly #held = new Latencies();
  readonly #acked = new Latencies();
  readonly #noticed = new Latencies();
  #cpuMicros = 0;

  constructor(plan: ChangesPlan) {
    this.#plan = plan;
  }

  add({
    startedAt,
    ackedAt,
    noticedAt,
    heldAt,
  }: Record<"startedAt" | "ackedAt" | "noticedAt" | "heldAt", number>): void {
    this.#held.add(heldAt - startedAt);
    this.#acked.add(heldAt - ackedAt);
    this.#noticed.add(noticedAt - startedAt);
  }

  spent(cpuMicros: number): void {
    this.#cpuMicros += cpuMicros;
  }

  figures(): Omit<ChangesMeasurement, "engine" | "members" | "side"> {
    return {
      p50Ms: this.#held.quantile(0.5),
      p99Ms: this.#held.quantile(0.99),
      ackedP50Ms: this.#acked.quantile(0.5),
      ackedP99Ms: this.#acked.quantile(0.99),
      noticedP50Ms: this.#noticed.quantile(0.5),
      noticedP99Ms: this.#noticed.quantile(0.99),
      cpuMicros: this.#cpuMicros / (this.#plan.changes * this.#plan.sessions),
    };
  }
}
