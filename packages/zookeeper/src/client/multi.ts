import type { SkylarkError } from "@skylark/core";
import type { Chroot } from "../chroot.js";
import { zooKeeperErrors } from "../wire/error-code.js";
import type { MultiReadResult, MultiResult, MultiStep } from "../wire/operations/multi.js";
import type { Stat } from "../wire/stat.js";
import { refusedByServer } from "../zookeeper-error.js";
import { bytesOf, type CreateOptions, createStep, type NodeData } from "./node-creation.js";

/** One step of a write of which all happens, or nothing. */
export type MultiOperation =
  | ({ readonly kind: "create"; readonly path: string; readonly data?: NodeData } & CreateOptions)
  | { readonly kind: "setData"; readonly path: string; readonly data: NodeData; readonly version?: number | undefined }
  | { readonly kind: "delete"; readonly path: string; readonly version?: number | undefined }
  /** Goes on only if the node has this version. */
  | { readonly kind: "check"; readonly path: string; readonly version: number };

/** What a step has done. */
export type MultiOutcome =
  | { readonly kind: "created"; readonly path: string; readonly stat: Stat | undefined }
  | { readonly kind: "written"; readonly stat: Stat }
  | { readonly kind: "deleted" }
  | { readonly kind: "checked" };

export interface MultiReadOperation {
  readonly kind: "getData" | "getChildren";
  readonly path: string;
}

/** Each read succeeds or fails by itself. */
export type MultiReadOutcome =
  | { readonly kind: "data"; readonly data: Buffer; readonly stat: Stat }
  | { readonly kind: "children"; readonly children: readonly string[] }
  | { readonly kind: "failed"; readonly error: SkylarkError };

const anyVersion = -1;
const noBytes = Buffer.alloc(0);

export function multiStep(chroot: Chroot, operation: MultiOperation): MultiStep {
  if (operation.kind === "create") return createStep(chroot, operation.path, operation.data ?? null, operation);
  const path = chroot.toServer(operation.path);
  if (operation.kind === "check") return { kind: "check", path, version: operation.version };
  const { version = anyVersion } = operation;
  if (operation.kind === "delete") return { kind: "delete", path, version };
  return { kind: "setData", path, data: bytesOf(operation.data), version };
}

/** The outcomes of a multi; throws the error of the step that did not fit, which undid the others. */
export function multiOutcomes(
  chroot: Chroot,
  operations: readonly MultiOperation[],
  results: readonly MultiResult[],
): MultiOutcome[] {
  const isCulprit = (result: MultiResult): boolean =>
    result.kind === "error" && result.error !== 0 && result.error !== zooKeeperErrors.runtime_inconsistency;
  const step = Math.max(results.findIndex(isCulprit), 0);
  return results.map((result) => {
    if (result.kind === "created") return { ...result, path: chroot.toUser(result.path) };
    if (result.kind === "written") return result;
    if (result.kind !== "error") return { kind: result.kind };
    const { kind, path = "" } = operations[step] ?? {};
    const culprit = results[step];
    const error = culprit?.kind === "error" ? culprit.error : result.error;
    throw refusedByServer(error, `multi, step ${step}: ${kind} ${path}`, { path, step });
  });
}

export function multiReadOutcome(operation: MultiReadOperation | undefined, result: MultiReadResult): MultiReadOutcome {
  switch (result.kind) {
    case "data":
      return { kind: "data", data: result.data ?? noBytes, stat: result.stat };
    case "children":
      return result;
    case "error": {
      const { kind = "getData", path = "" } = operation ?? {};
      return { kind: "failed", error: refusedByServer(result.error, `${kind} ${path}`, { path }) };
    }
  }
}
