/** Who is told of a change: a directory, over our driver; or the engine's own watch, over its own client. */
export const sides = ["directory", "raw"] as const;

export type Side = (typeof sides)[number];

/** When the last of all watchers knew of a change, on the machine's clock. */
export interface Reached {
  readonly kind: "reached";
  readonly side: Side;
  /** The last watcher holds what was written. */
  readonly heldAt: number;
  /** The last watcher heard that something changed; the same where an engine says at once what. */
  readonly noticedAt: number;
}

export type WatchersRequest = { readonly kind: "cpu" };

export type WatchersAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "cpu"; readonly cpuMicros: number }
  | Reached;

/** The instance, and of the raw side the key, that changes all the time. */
export const probe = { index: 9999, rawParent: "/raw", rawKey: "/raw/probe" } as const;
