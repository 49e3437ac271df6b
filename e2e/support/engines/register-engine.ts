import type { Fault, RegisterStore } from "@skylark/testkit";

/** An engine under test: a store that runs, clients of it, and what can be done to it. The test disposes it. */
export interface RegisterEngine extends AsyncDisposable {
  /** What its report says of it. */
  readonly topology: string;
  readonly faults: readonly Fault[];
  open(): Promise<RegisterStore>;
}
