/** Who takes in all the instances: a directory, or the engine's own client, which reads them all and watches. */
export const takers = ["directory", "raw"] as const;

export type Taker = (typeof takers)[number];

/** Memory of a consumer's process after a collection of garbage. */
export interface Memory {
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export type ConsumerAnswer =
  | {
      readonly kind: "ready";
      /** From the start of the process's work until it has a session. */
      readonly openedMs: number;
      /** From then until it has all instances. */
      readonly fullMs: number;
      readonly before: Memory;
      readonly after: Memory;
    }
  /** A change was seen, at this instant of the machine's clock. */
  | { readonly kind: "seen"; readonly at: number };
