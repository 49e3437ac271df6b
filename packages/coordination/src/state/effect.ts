import type { SessionId } from "../port.js";
import type { StoredEntry } from "./tree.js";

/** A change of an entry, as watchers see it. */
export type StoredChange =
  | { readonly kind: "put"; readonly entry: StoredEntry }
  | { readonly kind: "deleted"; readonly key: string };

/**
 * What a command does to the store, in absolute terms: the journal keeps effects, and replaying them needs none of the
 * rules that led to them.
 */
export type Effect =
  | StoredChange
  | { readonly kind: "opened"; readonly session: SessionId; readonly ttlMs: number }
  | { readonly kind: "ended"; readonly session: SessionId }
  /** A process took over as host. `tag` makes its revisions unlike those of every other host. */
  | { readonly kind: "hosted"; readonly epoch: number; readonly tag: string };

export function changesOf(effects: readonly Effect[]): StoredChange[] {
  return effects.filter((effect) => effect.kind === "put" || effect.kind === "deleted");
}
