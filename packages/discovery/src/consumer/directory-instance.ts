import type { InstanceRecord } from "../record/instance.js";
import type { InstanceOverride } from "../record/override.js";

/** An instance as its consumers see it: what it says of itself, and what others say over it. */
export interface DirectoryInstance extends InstanceRecord {
  readonly override: InstanceOverride | undefined;
  /** The word that counts: the override's where there is one, else the instance's own. */
  readonly effective: { readonly registered: boolean; readonly weight: number };
}

export function mergedInstance(record: InstanceRecord, override: InstanceOverride | undefined): DirectoryInstance {
  const effective = Object.freeze({
    registered: override?.registered ?? record.registered,
    weight: override?.weight ?? record.weight,
  });
  return Object.freeze({ ...record, override, effective });
}
