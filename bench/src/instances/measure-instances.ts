import { Child, machineNow } from "../child.js";
import { type Engine, type EngineName, openEngine, patience, startEngine } from "../engines/engine.js";
import { instanceKey, instanceRecord, registrations } from "../engines/instances.js";
import { Latencies } from "../latencies.js";
import { type ConsumerAnswer, type Taker, takers } from "./consumer.js";

export interface InstancesPlan {
  readonly engines: readonly EngineName[];
  readonly members: number;
  readonly rounds: number;
  readonly instances: number;
  /** Seen one after the other by each consumer. */
  readonly changes: number;
}

/** One consumer in one round. */
export interface InstancesMeasurement {
  readonly engine: EngineName;
  readonly members: number;
  readonly instances: number;
  readonly taker: Taker;
  readonly openedMs: number;
  readonly fullMs: number;
  /** From the beginning of a write of one instance until the consumer has it. */
  readonly changeP50Ms: number;
  readonly changeMostMs: number;
  /** What a process holds more when it knows all instances than when it had just a session. */
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export async function measureInstances(
  plan: InstancesPlan,
  onProgress: (text: string) => void,
): Promise<InstancesMeasurement[]> {
  const measurements: InstancesMeasurement[] = [];
  for (const name of plan.engines) {
    onProgress(`${name}: registering ${plan.instances} instances`);
    await using engine = await startEngine(name, plan.members);
    await using store = await openEngine(engine);
    for (const operations of registrations(plan.instances)) await store.multi(operations, patience);
    const change = (nonce: string): Promise<unknown> => {
      const record = instanceRecord(0, nonce);
      return store.put(instanceKey(record), { ...record } as never, patience);
    };
    for (let round = 1; round <= plan.rounds; round++) {
      onProgress(`${name}: round ${round} of ${plan.rounds}`);
      for (const taker of takers) measurements.push(await measureConsumer(engine, taker, plan, change));
    }
  }
  return measurements;
}

async function measureConsumer(
  engine: Engine,
  taker: Taker,
  { instances, changes }: InstancesPlan,
  change: (nonce: string) => Promise<unknown>,
): Promise<InstancesMeasurement> {
  await change("0");
  await using consumer = new Child<never, ConsumerAnswer>({
    script: "./instances/consumer-process.ts",
    args: [engine.name, engine.address, taker, String(instances)],
    title: `${taker} consumer of ${engine.name}`,
    execArgv: ["--expose-gc"],
  });
  const { openedMs, fullMs, before, after } = await consumer.answer("ready");
  const latencies = new Latencies();
  for (let index = 1; index <= changes; index++) {
    const seen = consumer.answer("seen");
    const startedAt = machineNow();
    const [{ at }] = await Promise.all([seen, change(String(index))]);
    latencies.add(at - startedAt);
  }
  return {
    engine: engine.name,
    members: engine.members,
    instances,
    taker,
    openedMs,
    fullMs,
    changeP50Ms: latencies.quantile(0.5),
    changeMostMs: latencies.quantile(1),
    residentBytes: after.residentBytes - before.residentBytes,
    heapBytes: after.heapBytes - before.heapBytes,
  };
}
