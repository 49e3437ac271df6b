import { connectionResources, RpcClient, socketTransport, typedClient } from "@skylark/rpc/internal";
import { Child } from "../child.js";
import { runLoad } from "../load.js";
import { burn } from "./heavy.js";
import { type HeavyAnswer, type HeavyContender, type HeavyRequest, heavyContenders } from "./heavy-contenders.js";

export interface HeavyPlan {
  readonly contenders: readonly HeavyContender[];
  readonly rounds: number;
  /** What one call computes, on this machine at rest. */
  readonly burnMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** One contender in one round. */
export interface HeavyMeasurement {
  readonly contender: HeavyContender;
  readonly threads: number;
  /** Calls a second. */
  readonly rate: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMostMs: number;
}

/** Enough for two threads, and for a line before them. */
const inFlight = 4;
/** Threads do not read TypeScript by themselves. */
const sourceInThreads = new URL("../../../scripts/source-in-threads.mjs", import.meta.url).href;

export async function measureHeavy(plan: HeavyPlan, onProgress: (text: string) => void): Promise<HeavyMeasurement[]> {
  const burnRounds = await roundsFor(plan.burnMs);
  const measurements: HeavyMeasurement[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    onProgress(`round ${round} of ${plan.rounds}`);
    for (const contender of plan.contenders) measurements.push(await measureContender(contender, burnRounds, plan));
  }
  return measurements;
}

async function measureContender(
  contender: HeavyContender,
  burnRounds: number,
  { warmUpMs, measureMs }: HeavyPlan,
): Promise<HeavyMeasurement> {
  const threads = heavyContenders[contender];
  await using server = new Child<HeavyRequest, HeavyAnswer>({
    script: "./threads/heavy-process.ts",
    args: [String(threads)],
    title: `server of ${contender}`,
    execArgv: ["--import", sourceInThreads],
  });
  const { address } = await server.answer("ready");
  const identity = { name: "bench-client", proof: "none" } as const;
  const client = new RpcClient({ identity, transport: socketTransport, resources: connectionResources() });
  const channel = client.channel("heavy", { timeoutMs: Number.POSITIVE_INFINITY });
  channel.update([{ id: "heavy", address }]);
  const heavy = typedClient<{ burn: typeof burn }>(channel);
  const call = (): Promise<unknown> => heavy.burn(burnRounds);
  try {
    await runLoad(call, { inFlight, forMs: warmUpMs });
    server.send({ kind: "watch" });
    await server.answer("watching");
    const { calls, elapsedMs } = await runLoad(call, { inFlight, forMs: measureMs });
    server.send({ kind: "tell" });
    const { delayP50Ms, delayP99Ms, delayMostMs } = await server.answer("delays");
    return { contender, threads, rate: (calls / elapsedMs) * 1000, delayP50Ms, delayP99Ms, delayMostMs };
  } finally {
    channel.close();
    client.close();
  }
}

/** How many rounds take so long here. */
async function roundsFor(burnMs: number): Promise<number> {
  const probe = 20_000;
  let leastMs = Number.POSITIVE_INFINITY;
  for (let tried = 0; tried < 5; tried++) {
    const startedAt = performance.now();
    await burn(probe);
    leastMs = Math.min(leastMs, performance.now() - startedAt);
  }
  return Math.ceil((probe * burnMs) / leastMs);
}
