import { SkylarkError } from "@skylark/core";
import { parentOf, root, upwards } from "../../state/key.js";
import type { StoredOperation } from "../../state/operation.js";
import { numberOf, ownerOf } from "./key-space.js";

/** Of an entry that exists. */
export interface Found {
  readonly revision: bigint;
  readonly lease: bigint;
}

/** What a write needs to know of the store, all as of one revision. */
export interface View {
  readonly revision: bigint;
  /** Those that exist, of the keys written and of all keys above them. */
  readonly entries: ReadonlyMap<string, Found>;
  /** Keys below each entry that is to be ephemeral: more than the write itself can delete need not be told. */
  readonly below: ReadonlyMap<string, readonly string[]>;
}

/** What must still hold when the write is done. */
export type Guard =
  /** The entry has this revision; 0: there is none. */
  | { readonly kind: "revision"; readonly key: string; readonly revision: bigint }
  /** There is no entry, or one without an owner. */
  | { readonly kind: "persistent"; readonly key: string }
  /** Nothing below it is younger than the view. */
  | { readonly kind: "nothing new below"; readonly key: string; readonly since: bigint };

export type PlannedStep =
  /** `own`: it goes with this client's session. `kept`: with what it went before. Else with the lease named, 0 for none. */
  | { readonly kind: "put"; readonly key: string; readonly json: string; readonly lease: bigint | "own" | "kept" }
  | { readonly kind: "delete"; readonly key: string };

export interface WritePlan {
  readonly kind: "write";
  readonly guards: readonly Guard[];
  readonly steps: readonly PlannedStep[];
}

export type Decision = WritePlan | { readonly kind: "refused"; readonly error: SkylarkError };

/** etcd takes no more conditions in one transaction. */
export const guardsMax = 128;

/**
 * A plan made without looking, for the common case: what is created is absent, what is put is as its revision says, or has no
 * owner. Its guards notice where that is wrong. Undefined where keys of the write lie above one another, or need more guards than there can be.
 */
export function guess(operations: readonly StoredOperation[]): WritePlan | undefined {
  const keys = new Set(operations.map(({ key }) => key));
  const guards = new Map<string, Guard>();
  const add = (guard: Guard) => guards.set(`${guard.kind} ${guard.key}`, guard);
  for (const operation of operations) {
    const { kind, key } = operation;
    const above = [...keysAbove(key)];
    if (above.some((each) => keys.has(each))) return undefined;
    if (kind === "create" || kind === "check" || operation.revision !== undefined) {
      const given = kind === "create" ? undefined : operation.revision;
      add({ kind: "revision", key, revision: given === undefined ? 0n : numberOf(given) });
    }
    const mayMake = kind === "create" || isUnbound(operation);
    if (isUnbound(operation)) add({ kind: "persistent", key });
    if (kind === "create" && operation.ephemeral) add({ kind: "nothing new below", key, since: 0n });
    if (mayMake) for (const each of above) add({ kind: "persistent", key: each });
  }
  if (guards.size > guardsMax) return undefined;
  return {
    kind: "write",
    guards: [...guards.values()],
    steps: operations.flatMap((each) => stepOf(each, isUnbound(each) ? 0n : "kept")),
  };
}

/** Whether it puts whatever is there. */
function isUnbound(operation: StoredOperation): boolean {
  return operation.kind === "put" && operation.revision === undefined;
}

/** What follows from what is there. The first operation that does not fit is named. */
export function decide(operations: readonly StoredOperation[], view: View): Decision {
  const byKey = new Map(operations.map((operation) => [operation.key, operation]));
  try {
    for (const operation of operations) {
      checkRevision(operation, view.entries.get(operation.key));
      if (isMade(operation, view)) checkPlace(operation, byKey, view);
    }
  } catch (error) {
    if (SkylarkError.is(error)) return { kind: "refused", error };
    throw error;
  }
  const steps = operations.flatMap((each) => stepOf(each, view.entries.get(each.key)?.lease ?? 0n));
  return { kind: "write", guards: guardsOf(operations, byKey, view), steps };
}

/** Every key above, the root left out. */
export function* keysAbove(key: string): Generator<string> {
  for (const each of upwards(parentOf(key))) if (each !== root) yield each;
}

/** The most important first: what does not fit any more was looked at, and is left to that. */
function guardsOf(
  operations: readonly StoredOperation[],
  byKey: ReadonlyMap<string, StoredOperation>,
  view: View,
): Guard[] {
  const own: Guard[] = [];
  const places: Guard[] = [];
  const above = new Set<string>();
  for (const operation of operations) {
    const { kind, key } = operation;
    own.push({ kind: "revision", key, revision: view.entries.get(key)?.revision ?? 0n });
    if (kind === "create" && operation.ephemeral) places.push({ kind: "nothing new below", key, since: view.revision });
    if (isMade(operation, view)) for (const each of keysAbove(key)) if (!byKey.has(each)) above.add(each);
  }
  const folders = [...above].map((key): Guard => ({ kind: "persistent", key }));
  return [...own, ...places, ...folders].slice(0, guardsMax);
}

/** Whether it makes an entry where none was. */
function isMade({ kind, key }: StoredOperation, view: View): boolean {
  return kind === "create" || (kind === "put" && !view.entries.has(key));
}

function checkRevision(operation: StoredOperation, found: Found | undefined): void {
  const { kind, key } = operation;
  if (kind === "create") {
    if (found) throw refusal("already_exists", `there is an entry at ${key} already`);
    return;
  }
  if (kind !== "check" && operation.revision === undefined) return;
  const wanted = operation.revision;
  if (wanted === undefined ? found === undefined : found?.revision === numberOf(wanted)) return;
  const is = found ? `its revision is ${found.revision}` : "there is none";
  throw refusal("aborted", `${kind} ${key}: wanted ${wanted ? `revision ${wanted}` : "no entry"}, but ${is}`);
}

function checkPlace(operation: StoredOperation, byKey: ReadonlyMap<string, StoredOperation>, view: View): void {
  const { key } = operation;
  for (const above of keysAbove(key)) {
    if (!isEphemeral(above, byKey, view)) continue;
    throw refusal("failed_precondition", `${key} cannot be made: ${above} is ephemeral and has no children`);
  }
  if (operation.kind !== "create" || !operation.ephemeral) return;
  const stays = view.below.get(key)?.find((below) => byKey.get(below)?.kind !== "delete");
  if (stays !== undefined) {
    throw refusal("failed_precondition", `${key} cannot be ephemeral: there are entries below it, ${stays} among them`);
  }
}

/** Once the whole write is done. */
function isEphemeral(key: string, byKey: ReadonlyMap<string, StoredOperation>, view: View): boolean {
  const operation = byKey.get(key);
  if (operation?.kind === "delete") return false;
  if (operation?.kind === "create") return operation.ephemeral;
  return ownerOf(view.entries.get(key)?.lease ?? 0n) !== undefined;
}

function stepOf(operation: StoredOperation, lease: bigint | "kept"): PlannedStep[] {
  const { kind, key } = operation;
  if (kind === "check") return [];
  if (kind === "delete") return [{ kind, key }];
  const { json } = operation;
  if (kind === "create") return [{ kind: "put", key, json, lease: operation.ephemeral ? "own" : 0n }];
  return [{ kind: "put", key, json, lease }];
}

function refusal(code: "already_exists" | "aborted" | "failed_precondition", message: string): SkylarkError {
  return new SkylarkError(code, message, { notExecuted: true });
}
