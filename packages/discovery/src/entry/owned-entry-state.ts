import type { SessionId } from "@skylark/coordination";
import type { SkylarkError } from "@skylark/core";
import type { Deferred, Timer } from "@skylark/core/internal";
import type { Wanted } from "./next-step.js";

/** How far an entry is from what is wanted of it. */
export type OwnedEntryState =
  | { readonly kind: "idle" }
  /** No session that could own an entry; the next one brings us on. */
  | { readonly kind: "offline" }
  /** Reads, compares, writes, until the store holds what is wanted. `stale`: something changed since it was read. */
  | { readonly kind: "working"; readonly session: SessionId; readonly abort: AbortController; stale: boolean }
  | { readonly kind: "resting"; readonly why: SkylarkError; readonly retry: Timer }
  /** The store held what is wanted when it was last looked at. */
  | { readonly kind: "settled"; readonly session: SessionId; readonly since: number; readonly check: Timer }
  | { readonly kind: "ended" };

export type Working = Extract<OwnedEntryState, { kind: "working" }>;
export type Settled = Extract<OwnedEntryState, { kind: "settled" }>;

/** Someone waits until the store holds what is wanted. A start that is refused is over; a change is tried again. */
export interface Expectation {
  readonly kind: "start" | "change";
  readonly met: Deferred<void>;
}

export interface OwnedEntryStatus {
  readonly kind: "idle" | "unlisted" | "listed" | "leaving" | "left";
  /** Why it is not listed, where something stands in the way. */
  readonly why: SkylarkError | undefined;
}

export function statusOf(state: OwnedEntryState, wanted: Wanted): OwnedEntryStatus {
  const why = state.kind === "resting" ? state.why : undefined;
  if (state.kind === "ended") return { kind: "left", why };
  if (wanted.kind === "gone") return { kind: "leaving", why };
  if (state.kind === "idle") return { kind: "idle", why };
  return { kind: state.kind === "settled" ? "listed" : "unlisted", why };
}
