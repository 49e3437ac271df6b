import type { Coordination, Entry, Json } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { UsageError } from "../failure.js";
import { within } from "../system/within.js";

/** An entry as `--json` prints it. */
export interface EntryShape {
  readonly key: string;
  readonly value: Json;
  readonly revision: string;
  /** The session that it goes with; null for a lasting one. */
  readonly owner: string | null;
}

export function entryShape({ key, value, revision, owner }: Entry): EntryShape {
  return { key, value, revision, owner: owner ?? null };
}

/** `--revision`, checked for nothing: it is compared for equality only. */
export function revisionOf(text: string): Entry["revision"] {
  return text as Entry["revision"];
}

/** A value given on the command line. */
export function jsonValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new UsageError(`${text} is not JSON: a text wants quotes of its own, as in '"open"'`);
  }
}

/** Every entry at or below `prefix`, as of one instant. */
export async function snapshotOf(coordination: Coordination, prefix: string, timeoutMs: number): Promise<Entry[]> {
  await coordination.get(prefix === "/" ? "/skylark" : prefix, { fresh: true, timeoutMs }); // what ended before is seen
  const told = deferred<readonly Entry[]>();
  const watch = coordination.watch(prefix, (event) => {
    if (event.kind === "snapshot") told.resolve(event.entries);
  });
  try {
    const entries = await within(timeoutMs, "the store did not answer", told.promise);
    return entries.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  } finally {
    watch.close();
  }
}

/** What a failed write is told as, where its outcome is not known. */
export function unknownOutcome(thrown: unknown): boolean {
  const { code, notExecuted } = SkylarkError.from(thrown);
  return !notExecuted && (code === "unavailable" || code === "deadline_exceeded");
}
