import type { EngineName } from "../engines/engine.js";
import type { LoadPlan, LoadResult } from "../load.js";

/**
 * Who makes the calls: our driver of the port, the engine's client by itself, or that client asking for all that the driver
 * asks for, which tells what the request costs and what the driver does.
 */
export const layers = ["driver", "raw", "sameRequest"] as const;

export type Layer = (typeof layers)[number];

/** `read`: what the connected member knows. `freshRead`: linearizable. */
export const operationNames = ["create", "set", "read", "freshRead"] as const;

export type OperationName = (typeof operationNames)[number];

/** Who is measured at an operation. A create on ZooKeeper is the one for which the driver asks for more: the write of a guard. */
export function layersAt(engine: EngineName, operation: OperationName): Layer[] {
  return layers.filter((layer) => layer !== "sameRequest" || (engine === "zookeeper" && operation === "create"));
}

/** What a client can be asked to do. `guardedCreate`: the driver's create, by the raw client. */
export type CallName = OperationName | "guardedCreate";

export type DriverRequest = { readonly kind: "load"; readonly call: CallName } & LoadPlan;

export type DriverAnswer =
  | { readonly kind: "ready" }
  | ({ readonly kind: "loaded"; readonly cpuMicros: number } & LoadResult);
