import { Child } from "../child.js";
import { type Engine, type EngineName, startEngine } from "../engines/engine.js";
import {
  type CallName,
  type DriverAnswer,
  type DriverRequest,
  type Layer,
  layersAt,
  type OperationName,
  operationNames,
} from "./driver-load.js";

export const driverEngines = ["zookeeper", "etcd"] as const satisfies readonly EngineName[];

export interface DriversPlan {
  readonly engines: readonly EngineName[];
  readonly members: number;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** One operation by one layer in one round. */
export interface DriverMeasurement {
  readonly engine: EngineName;
  readonly members: number;
  readonly operation: OperationName;
  readonly layer: Layer;
  /** Calls per second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time per call, of the client alone. */
  readonly cpuMicros: number;
}

const inFlight = 64;

/** One server for all rounds; two fresh clients in each, which take turns at every operation, once without counting. */
export async function measureDrivers(
  plan: DriversPlan,
  onProgress: (text: string) => void,
): Promise<DriverMeasurement[]> {
  const measurements: DriverMeasurement[] = [];
  for (const name of plan.engines) {
    await using engine = await startEngine(name, plan.members);
    for (let round = 1; round <= plan.rounds; round++) {
      onProgress(`${name}: round ${round} of ${plan.rounds}`);
      measurements.push(...(await measureRound(engine, plan, round)));
    }
  }
  return measurements;
}

async function measureRound(engine: Engine, plan: DriversPlan, round: number): Promise<DriverMeasurement[]> {
  const open = (layer: "driver" | "raw"): Child<DriverRequest, DriverAnswer> =>
    new Child({
      script: "./drivers/driver-process.ts",
      args: [engine.name, engine.address, layer],
      title: `${layer} client of ${engine.name}`,
    });
  await using driver = open("driver");
  await using raw = open("raw");
  await Promise.all([driver.answer("ready"), raw.answer("ready")]);
  const clientOf = (layer: Layer): Child<DriverRequest, DriverAnswer> => (layer === "driver" ? driver : raw);
  for (const operation of operationNames) {
    for (const layer of layersAt(engine.name, operation)) await warmUp(clientOf(layer), callOf(layer, operation), plan);
  }
  const measurements: DriverMeasurement[] = [];
  for (const operation of operationNames) {
    const inTurn = layersAt(engine.name, operation);
    for (const layer of round % 2 === 1 ? inTurn : inTurn.toReversed()) {
      measurements.push({
        engine: engine.name,
        members: engine.members,
        operation,
        layer,
        ...(await measured(clientOf(layer), callOf(layer, operation), plan)),
      });
    }
  }
  return measurements;
}

function callOf(layer: Layer, operation: OperationName): CallName {
  return layer === "sameRequest" ? "guardedCreate" : operation;
}

async function warmUp(
  client: Child<DriverRequest, DriverAnswer>,
  call: CallName,
  { warmUpMs }: DriversPlan,
): Promise<void> {
  client.send({ kind: "load", call, inFlight, forMs: warmUpMs });
  await client.answer("loaded");
}

async function measured(
  client: Child<DriverRequest, DriverAnswer>,
  call: CallName,
  plan: DriversPlan,
): Promise<Pick<DriverMeasurement, "rate" | "p50Ms" | "p99Ms" | "cpuMicros">> {
  const { measureMs } = plan;
  await warmUp(client, call, plan);
  client.send({ kind: "load", call, inFlight, forMs: measureMs });
  const { calls, elapsedMs, p50Ms, p99Ms, cpuMicros } = await client.answer("loaded");
  return { rate: (calls / elapsedMs) * 1000, p50Ms, p99Ms, cpuMicros: cpuMicros / calls };
}
