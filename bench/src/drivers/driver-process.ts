import { randomUUID } from "node:crypto";
import type { Coordination } from "@skylark/coordination";
import { cpuMicros } from "../child.js";
import { echo } from "../contender.js";
import { type EngineName, openEngine, patience } from "../engines/engine.js";
import { openRawStore, type RawStore } from "../engines/raw-store.js";
import { runLoad } from "../load.js";
import type { CallName, DriverAnswer, DriverRequest, Layer } from "./driver-load.js";

/** One client of an engine, by our driver or by the engine's client alone: `<engine> <address> <layer>`. */
const [name, address, layer] = process.argv.slice(2) as [EngineName, string, Layer];

const engine = { name, address };

/** Everything of this process stands below it. */
const parent = `/bench-${randomUUID()}`;
const keys = Array.from({ length: 256 }, (_, index) => `${parent}/k${index}`);
let turn = 0;
let created = 0;

/** Every key once, no more at a time than are in flight later. */
async function inLanes(create: (key: string) => Promise<unknown>): Promise<void> {
  const rest = keys.values();
  const lane = async (): Promise<void> => {
    for (const key of rest) await create(key);
  };
  await Promise.all(Array.from({ length: 64 }, lane));
}

type Calls = Record<CallName, () => Promise<unknown>>;

async function driverCalls(store: Coordination): Promise<Calls> {
  await store.create(parent, {}, patience);
  await inLanes((key) => store.create(key, { ...echo }, patience));
  const next = (): string => keys[turn++ % keys.length] as string;
  const create = (): Promise<unknown> => store.create(`${parent}/c${created++}`, { ...echo }, patience);
  return {
    create,
    guardedCreate: create,
    set: () => store.put(next(), { ...echo }, patience),
    read: () => store.get(next(), patience),
    freshRead: () => store.get(next(), { ...patience, fresh: true }),
  };
}

async function rawCalls(store: RawStore): Promise<Calls> {
  await store.create(parent, "{}");
  await inLanes((key) => store.create(key, JSON.stringify(echo)));
  const next = (): string => keys[turn++ % keys.length] as string;
  const guarded = (key: string, text: string): Promise<void> =>
    store.createGuarded?.(key, text) ?? store.create(key, text);
  return {
    create: () => store.create(`${parent}/c${created++}`, JSON.stringify(echo)),
    guardedCreate: () => guarded(`${parent}/c${created++}`, JSON.stringify(echo)),
    set: () => store.set(next(), JSON.stringify(echo)),
    read: () => store.get(next()),
    freshRead: () => store.get(next(), { fresh: true }),
  };
}

function answer(message: DriverAnswer): void {
  process.send?.(message);
}

async function load(call: () => Promise<unknown>, plan: DriverRequest): Promise<void> {
  const before = cpuMicros();
  const result = await runLoad(call, plan);
  answer({ kind: "loaded", ...result, cpuMicros: cpuMicros() - before });
}

process.on("disconnect", () => process.exit());
const calls = await (layer === "driver" ? driverCalls(await openEngine(engine)) : rawCalls(await openRawStore(engine)));
process.on("message", (request: DriverRequest) => void load(calls[request.call], request));
answer({ kind: "ready" });
