import {
  acknowledged,
  type Holdings,
  holdingsUnderway,
  isSameList,
  type Patch,
  type Provider,
  patchBetween,
} from "./patch.js";

/** What is known of one participant's view. */
export interface PushView {
  /** What the store says that it may hold. */
  readonly stored: Holdings;
  /** What is true: ahead of the store by what has just been acknowledged. */
  readonly known: Holdings;
  readonly wanted: readonly Provider[];
}

export type PushStep =
  /** Nothing is owed, and the store says so. */
  | { readonly kind: "none" }
  | { readonly kind: "write"; readonly holdings: Holdings }
  | { readonly kind: "send"; readonly patch: Patch };

/**
 * The one step that leads nearer. A patch is sent only when the store says already that its outcome is unknown: whoever dies
 * in between leaves behind all that the participant may have been told.
 */
export function nextPushStep({ stored, known, wanted }: PushView): PushStep {
  const patch = patchBetween(known, wanted);
  const needed = patch ? holdingsUnderway(known, wanted) : acknowledged(wanted);
  if (!isSame(stored, needed)) return { kind: "write", holdings: needed };
  return patch ? { kind: "send", patch } : { kind: "none" };
}

function isSame(one: Holdings, other: Holdings): boolean {
  return one.kind === other.kind && isSameList(one.providers, other.providers);
}
