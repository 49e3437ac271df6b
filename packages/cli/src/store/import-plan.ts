import { isDeepStrictEqual } from "node:util";
import { coordinationLimits, type Entry, type Operation } from "@skylark/coordination";
import type { ExportedEntry } from "./export-file.js";

/** What an import would do to a store. */
export interface ImportPlan {
  /** Atomic writes, in order. */
  readonly batches: readonly (readonly Operation[])[];
  readonly created: number;
  /** There with another value. Written over only where that was asked for. */
  readonly different: readonly string[];
  /** There already, as after an import that broke off. */
  readonly same: number;
  /** Ephemeral ones: they belong to processes, which make them again themselves. */
  readonly leftOut: number;
}

/** Compares a file with what stands in the store. What is there already is left alone, so an import can be repeated. */
export function importPlan(exported: readonly ExportedEntry[], present: readonly Entry[]): ImportPlan {
  const there = new Map(present.map((entry) => [entry.key, entry]));
  const operations: Operation[] = [];
  const different: string[] = [];
  let same = 0;
  let leftOut = 0;
  for (const { key, value, ephemeral } of exported) {
    const found = there.get(key);
    if (ephemeral) leftOut += 1;
    else if (!found) operations.push({ kind: "create", key, value });
    else if (isDeepStrictEqual(found.value, value)) same += 1;
    else {
      different.push(key);
      operations.push({ kind: "put", key, value, revision: found.revision });
    }
  }
  return { batches: batchesOf(operations), created: operations.length - different.length, different, same, leftOut };
}

/** As many operations as one atomic write holds, by count and by size. */
function batchesOf(operations: readonly Operation[]): Operation[][] {
  const { operationsMax, writeBytesMax } = coordinationLimits;
  const batches: Operation[][] = [];
  let batch: Operation[] = [];
  let bytes = 0;
  for (const operation of operations) {
    const size = bytesOf(operation);
    if (batch.length === operationsMax || (batch.length > 0 && bytes + size > writeBytesMax)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(operation);
    bytes += size;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

function bytesOf(operation: Operation): number {
  const value = "value" in operation ? JSON.stringify(operation.value) : "";
  return Buffer.byteLength(operation.key) + Buffer.byteLength(value);
}
