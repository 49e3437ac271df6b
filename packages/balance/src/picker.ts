import type { Random } from "@skylark/core/internal";

/**
 * What a pick knows when it chooses. One object per call, made by the caller and used again for the call's next attempts.
 */
export interface PickContext {
  /** Ids that earlier attempts of this call went to: left out while another candidate exists. Undefined at the first attempt. */
  readonly avoid: ReadonlySet<string> | undefined;
  /** What a balancer by key goes by; the others do not look at it. */
  readonly key?: string | undefined;
}

/** One instance as a picker sees it. The fields may be live getters: they are read at each pick. */
export interface Candidate {
  readonly id: string;
  /** Calls on their way to it from this client. */
  readonly inFlight: number;
  /** Connected: a call leaves at once. */
  readonly ready: boolean;
}

/** Chooses among a fixed list of candidates: when the list changes, a new picker takes its place. */
export interface Picker<C extends Candidate> {
  /**
   * One choice, or undefined where there is no candidate at all. Untried candidates come before those to be avoided, and
   * among them the ready ones before the others; if none is ready, one that is not is named, and whoever asked dials it.
   */
  pick(call: PickContext): C | undefined;
}

/**
 * A policy that builds pickers. One of your own is an object like any other:
 *
 * @example
 * const first: Balancer = { name: "first", picker: (candidates) => ({ pick: () => candidates[0] }) };
 */
export interface Balancer {
  readonly name: string;
  /** `candidates` must not change afterwards: the picker keeps the list. `random` decides whatever is left to chance. */
  picker<C extends Candidate>(candidates: readonly C[], random: Random): Picker<C>;
}
