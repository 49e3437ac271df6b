import type { InstanceRecord } from "../record/instance.js";
import type { InstanceOverride } from "../record/override.js";
import { Selections, type Selector } from "./selection.js";

/** An instance as its consumers see it: what it says of itself, and what others say over it. */
export interface DirectoryInstance extends InstanceRecord {
  readonly override: InstanceOverride | undefined;
  /** The word that counts: the override's where there is one, else the instance's own. */
  readonly effective: { readonly registered: boolean; readonly weight: number };
}

/** What a consumer knows of a service at one moment. Never changes: a change makes a new one. */
export interface Directory {
  readonly service: string;
  /** All of them, in rotation or not, sorted by key. */
  readonly instances: readonly DirectoryInstance[];
  /** An instant of the watch's clock: when the store last told something of the service, or was last in touch. */
  readonly heardAt: number;
  /** Whether the store was in touch when this directory was made: then it is true now, not only as of `heardAt`. */
  readonly inTouch: boolean;
  /** Whether the store has told the whole truth at least once. Before that, an absence means nothing. */
  readonly complete: boolean;
  readonly selections: Selections;
}

/** Those of a directory that fit, are in rotation and are not leaving. The same array for the same directory and question. */
export function select(directory: Directory, selector: Selector): readonly DirectoryInstance[] {
  return directory.selections.of(selector);
}

/** What a consumer knows before it has heard anything. */
export function unheardDirectory(service: string, now: number): Directory {
  const instances: readonly DirectoryInstance[] = Object.freeze([]);
  const selections = new Selections(instances);
  return Object.freeze({ service, instances, heardAt: now, inTouch: false, complete: false, selections });
}

export function mergedInstance(record: InstanceRecord, override: InstanceOverride | undefined): DirectoryInstance {
  const effective = Object.freeze({
    registered: override?.registered ?? record.registered,
    weight: override?.weight ?? record.weight,
  });
  return Object.freeze({ ...record, override, effective });
}
