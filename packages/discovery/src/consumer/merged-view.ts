import type { WatchEvent } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Layout } from "../layout.js";
import { type InstanceRecord, readInstance } from "../record/instance.js";
import { type InstanceOverride, readOverride } from "../record/override.js";
import { type DirectoryInstance, mergedInstance, overridden } from "./directory-instance.js";
import { EntryView } from "./entry-view.js";

/** What both together say: for each key in order, its instance. */
interface Merged {
  readonly keys: readonly string[];
  readonly instances: readonly DirectoryInstance[];
}

/** Instances as one watch tells them, with what others say of them as a second one does. */
export class MergedView {
  readonly #layout: Layout;
  readonly #instances: EntryView<InstanceRecord>;
  readonly #overrides: EntryView<InstanceOverride>;
  /** As it was merged last, and is still true; undefined where all has to be merged anew. */
  #merged: Merged | undefined;

  constructor(layout: Layout, log: Log) {
    this.#layout = layout;
    this.#instances = new EntryView((key, value) => readInstance(layout, key, value), log);
    this.#overrides = new EntryView((_key, value) => readOverride(value), log);
  }

  /** Whether both have told the whole truth once. With one of them alone, nobody knows who may be chosen. */
  get complete(): boolean {
    return this.#instances.complete && this.#overrides.complete;
  }

  /** One instance more or less costs little, however many there are. */
  foldInstances(event: WatchEvent): void {
    const changed = this.#instances.fold(event);
    this.#merged = changed === "all" ? undefined : this.#merged && this.#patched(this.#merged, changed);
  }

  foldOverrides(event: WatchEvent): void {
    this.#overrides.fold(event);
    this.#merged = undefined;
  }

  /** Sorted by key, so that everybody sees the same order. An instance of which nothing was told stays the same object. */
  merged(): readonly DirectoryInstance[] {
    this.#merged ??= this.#mergedAnew();
    return this.#merged.instances;
  }

  #mergedAnew(): Merged {
    const sorted = [...this.#instances.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const instances = sorted.map(([, record]) => mergedInstance(record, this.#overrideOf(record)));
    return { keys: sorted.map(([key]) => key), instances: Object.freeze(instances) };
  }

  #patched(merged: Merged, changed: readonly string[]): Merged {
    const [keys, instances] = [[...merged.keys], [...merged.instances]];
    for (const key of changed) {
      const at = placeOf(key, keys);
      const known = keys[at] === key ? 1 : 0;
      const record = this.#instances.get(key);
      if (record) {
        keys.splice(at, known, key);
        instances.splice(at, known, mergedInstance(record, this.#overrideOf(record)));
      } else {
        keys.splice(at, known);
        instances.splice(at, known);
      }
    }
    return { keys, instances: Object.freeze(instances) };
  }

  /**
   * Those that the store lists, and `doubted` that it does not, sorted by key. Of the latter counts what was last said of
   * them: a store that forgot an instance forgot as well that it was out of rotation.
   */
  withDoubted(
    listed: readonly DirectoryInstance[],
    doubted: readonly DirectoryInstance[],
  ): readonly DirectoryInstance[] {
    if (doubted.length === 0) return listed;
    const kept = doubted.map((instance) => {
      const override = this.#overrideOf(instance);
      return override ? overridden(instance, override) : instance;
    });
    const key = ({ service, address, id }: DirectoryInstance): string => this.#layout.instance(service, address, id);
    return Object.freeze([...listed, ...kept].toSorted((one, other) => (key(one) < key(other) ? -1 : 1)));
  }

  #overrideOf({ service, id }: InstanceRecord): InstanceOverride | undefined {
    return this.#overrides.get(this.#layout.override(service, id));
  }
}

/** Where a key is in a sorted list, or would have to be. */
function placeOf(key: string, sorted: readonly string[]): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] as string) < key) from = middle + 1;
    else to = middle;
  }
  return from;
}
