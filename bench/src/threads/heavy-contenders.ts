import { availableParallelism } from "node:os";

/** Where a method that computes runs, by how many threads have it: zero is the event loop of the server itself. */
export const heavyContenders = {
  inline: 0,
  oneThread: 1,
  twoThreads: 2,
  /** What `serve` takes by default. */
  spareCores: Math.max(1, availableParallelism() - 1),
} as const;

export type HeavyContender = keyof typeof heavyContenders;

export type HeavyRequest =
  /** Begins to watch its event loop. */
  { readonly kind: "watch" } | { readonly kind: "tell" };

export type HeavyAnswer =
  | { readonly kind: "ready"; readonly address: string }
  | { readonly kind: "watching" }
  /** How late timers of a millisecond came since. */
  | { readonly kind: "delays"; readonly delayP50Ms: number; readonly delayP99Ms: number; readonly delayMostMs: number };
