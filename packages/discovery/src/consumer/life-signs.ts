import type { InstanceRecord } from "../record/instance.js";

type Dialled = Pick<InstanceRecord, "id" | "address">;

/** What a consumer hears of an instance other than by the store. Whoever keeps the connections implements it. */
export interface LifeSigns {
  /**
   * For how long this very instance has said nothing over its connection, in milliseconds; undefined where there is no
   * connection, or where the instance says over it that it leaves.
   */
  silentMs(instance: Dialled): number | undefined;
  /** Asks it for a sign of life. Waits for nothing: an answer shows in `silentMs`. */
  ask(instance: Dialled): void;
}

/** Of those who call nobody: whatever the store says is believed at once. */
export const noLifeSigns: LifeSigns = { silentMs: () => undefined, ask: () => {} };
