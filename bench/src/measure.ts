import type { ContenderName } from "./contenders.js";
import { Side } from "./side.js";

export const inFlightLevels = [1, 64, 256] as const;

export interface MeasurePlan {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** One contender at one level in one round. */
export interface Measurement {
  readonly contender: ContenderName;
  readonly inFlight: number;
  /** Calls per second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time per call, of client and server together. */
  readonly cpuMicros: number;
}

/**
 * Rounds of all contenders in turn (A B C, A B C, …), so that what else the machine does falls on all alike. Each turn gets
 * two fresh processes: no contender works on the heap or the compiled code of its earlier turns.
 */
export async function measureAll(
  contenders: readonly ContenderName[],
  plan: MeasurePlan,
  onProgress: (text: string) => void,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const contender of contenders) {
      onProgress(`round ${round} of ${plan.rounds}: ${contender}`);
      measurements.push(...(await measurePair(contender, plan)));
    }
  }
  return measurements;
}

async function measurePair(contender: ContenderName, plan: MeasurePlan): Promise<Measurement[]> {
  const { side: server, address } = await Side.server(contender);
  try {
    const client = await Side.client(contender, address);
    try {
      const measurements: Measurement[] = [];
      for (const inFlight of inFlightLevels) {
        await client.load({ inFlight, forMs: plan.warmUpMs });
        measurements.push(await measureLevel(contender, server, client, { inFlight, forMs: plan.measureMs }));
      }
      return measurements;
    } finally {
      await client[Symbol.asyncDispose]();
    }
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/** The load starts from rest and ends at rest: both sides' CPU time then belongs to exactly these calls. */
async function measureLevel(
  contender: ContenderName,
  server: Side,
  client: Side,
  load: { inFlight: number; forMs: number },
): Promise<Measurement> {
  const serverBefore = await server.cpuMicros();
  const { calls, elapsedMs, p50Ms, p99Ms, cpuMicros: clientMicros } = await client.load(load);
  const serverMicros = (await server.cpuMicros()) - serverBefore;
  return {
    contender,
    inFlight: load.inFlight,
    rate: (calls / elapsedMs) * 1000,
    p50Ms,
    p99Ms,
    cpuMicros: (clientMicros + serverMicros) / calls,
  };
}
