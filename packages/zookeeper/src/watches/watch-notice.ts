import type { SkylarkError } from "@skylark/core";

/** What a watch tells. It says that something changed, not what it is now: read again. */
export type WatchNotice =
  | { readonly kind: "created" | "deleted" | "dataChanged" | "childrenChanged"; readonly path: string }
  /** To persistent watches: the connection or the session was another for a while, and changes went unseen. Read again. */
  | { readonly kind: "resumed" }
  /** Nothing more comes: a watch that fires once was lost with its session, or the server refused to go on. */
  | { readonly kind: "ended"; readonly error: SkylarkError };

/** Called in the order of events, before any answer that shows a later state. What it throws is an uncaught error. */
export type WatchListener = (notice: WatchNotice) => void;

/** A persistent watch. */
export interface Watch {
  /** Tells nothing more from now on; resolves when the server knows. */
  close(): Promise<void>;
}
