import type { InstanceRecord } from "../record/instance.js";
import type { InstanceOverride } from "../record/override.js";

/** An instance as its consumers see it: what it says of itself, and what others say over it. */
export interface DirectoryInstance extends InstanceRecord {
  readonly override: InstanceOverride | undefined;
  /** The word that counts: the override's where there is one, else the instance's own. */
  readonly effective: { readonly registered: boolean; readonly weight: number };
  /**
   * Undefined where the store lists it. `unlisted`: it vanished from the store without a word, and still answers. `remembered`:
   * an earlier process wrote it down, and the store has not spoken yet.
   */
  readonly doubted?: "unlisted" | "remembered" | undefined;
}

export function mergedInstance(record: InstanceRecord, override: InstanceOverride | undefined): DirectoryInstance {
  return Object.freeze({ ...record, override, effective: effectiveOf(record, override) });
}

/** The same instance with another override. */
export function overridden(instance: DirectoryInstance, override: InstanceOverride): DirectoryInstance {
  return Object.freeze({ ...instance, override, effective: effectiveOf(instance, override) });
}

function effectiveOf(
  record: InstanceRecord,
  override: InstanceOverride | undefined,
): { readonly registered: boolean; readonly weight: number } {
  return Object.freeze({
    registered: override?.registered ?? record.registered,
    weight: override?.weight ?? record.weight,
  });
}
