import { SkylarkError } from "@skylark/core";
import { type OpenedStore, type OpenStoreOptions, openStore } from "../../src/journal/open-store.js";
import type { SessionId } from "../../src/port.js";
import type { Command } from "../../src/state/command.js";
import { root } from "../../src/state/key.js";

export const ann = "ann" as SessionId;

/** Opens it, hosts it, and has one session to write with. */
export function openHosted(folder: string, options: Partial<OpenStoreOptions> = {}): OpenedStore {
  const opened = openStore({ folder, now: 0, ...options });
  commit(opened, { kind: "host", tag: "t" });
  if (!opened.store.sessions.get(ann)) commit(opened, { kind: "openSession", session: ann, ttlMs: 1000, now: 0 });
  return opened;
}

/** One command, one record. */
export function commit({ store, journal }: OpenedStore, command: Command): void {
  const outcome = store.apply(command);
  if (outcome.kind === "refused") throw outcome.error;
  const appended = journal.append(outcome.effects);
  if (appended.kind === "durable") return;
  for (const effect of outcome.undo) store.evolve(effect);
  throw appended.error;
}

export function put(opened: OpenedStore, key: string, value: unknown): void {
  const json = JSON.stringify(value);
  commit(opened, { kind: "write", session: ann, operations: [{ kind: "put", key, json, revision: undefined }] });
}

/** Every entry, by key. */
export function contentOf({ store }: OpenedStore): Record<string, unknown> {
  return Object.fromEntries(store.tree.under(root).map(({ key, json }) => [key, JSON.parse(json) as unknown]));
}

export function refusalOf(open: () => unknown): SkylarkError {
  try {
    open();
  } catch (error) {
    if (SkylarkError.is(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
