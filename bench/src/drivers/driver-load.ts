import type { LoadPlan, LoadResult } from "../load.js";

/** Who makes the calls: our driver of the port, or the engine's client by itself. */
export const layers = ["driver", "raw"] as const;

export type Layer = (typeof layers)[number];

/** `read`: what the connected member knows. `freshRead`: linearizable. */
export const operationNames = ["create", "set", "read", "freshRead"] as const;

export type OperationName = (typeof operationNames)[number];

export type DriverRequest = { readonly kind: "load"; readonly operation: OperationName } & LoadPlan;

export type DriverAnswer =
  | { readonly kind: "ready" }
  | ({ readonly kind: "loaded"; readonly cpuMicros: number } & LoadResult);
