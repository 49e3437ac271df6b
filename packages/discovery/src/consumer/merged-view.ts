import type { WatchEvent } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import { type Layout, lastSegment } from "../layout.js";
import { type InstanceRecord, readInstance } from "../record/instance.js";
import { type InstanceOverride, readOverride } from "../record/override.js";
import { type DirectoryInstance, mergedInstance, overridden } from "./directory-instance.js";
import { EntryView } from "./entry-view.js";
import { placeOf } from "./sorted-keys.js";

/** What an event made of the listed instances. */
export type ListedChange =
  /** Anybody may have come or gone. */
  | { readonly kind: "all" }
  /** These alone: `came` holds the new ones and the new versions, `left` those whose entries are gone. */
  | {
      readonly kind: "some";
      readonly came: readonly DirectoryInstance[];
      readonly left: readonly DirectoryInstance[];
    };

/** What both together say: for each key in order, its instance. */
interface Merged {
  /** Nobody else's, and changed in place. */
  readonly keys: string[];
  readonly instances: readonly DirectoryInstance[];
}

const all: ListedChange = { kind: "all" };

/** Instances as one watch tells them, with what others say of them as a second one does. */
export class MergedView {
  readonly #layout: Layout;
  readonly #instances: EntryView<InstanceRecord>;
  readonly #overrides: EntryView<InstanceOverride>;
  /** As it was merged last, and is still true; undefined where all has to be merged anew. */
  #merged: Merged | undefined;

  constructor(layout: Layout, log: Log) {
    this.#layout = layout;
    this.#instances = new EntryView((key, value, known) => readInstance(layout, key, value, known), log);
    this.#overrides = new EntryView((_key, value) => readOverride(value), log);
  }

  /** Whether both have told the whole truth once. With one of them alone, nobody knows who may be chosen. */
  get complete(): boolean {
    return this.#instances.complete && this.#overrides.complete;
  }

  /** One instance more or less costs little, however many there are. */
  foldInstances(event: WatchEvent): ListedChange {
    const changed = this.#instances.fold(event);
    if (changed === "all") this.#merged = undefined;
    return changed === "all" || !this.#merged ? all : this.#patch(this.#merged, changed);
  }

  /** An override is of one instance: the others stay as they are. */
  foldOverrides(event: WatchEvent): ListedChange {
    const changed = this.#overrides.fold(event);
    if (changed === "all") this.#merged = undefined;
    if (changed === "all" || !this.#merged) return all;
    const { keys, instances } = this.#merged;
    const ids = new Set(changed.map(lastSegment));
    return this.#patch(
      this.#merged,
      keys.filter((_key, at) => ids.has((instances[at] as DirectoryInstance).id)),
    );
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

  /** Goes by what is there now, so that it does not matter how often a key was changed meanwhile. */
  #patch({ keys, instances: before }: Merged, changed: readonly string[]): ListedChange {
    const instances = [...before]; // a spread, since V8 is slow at `slice` and `with` of a frozen array
    const came: DirectoryInstance[] = [];
    const left: DirectoryInstance[] = [];
    for (const key of changed.length > 1 ? new Set(changed) : changed) {
      const at = placeOf(key, keys);
      const known = keys[at] === key ? instances[at] : undefined;
      const record = this.#instances.get(key);
      if (record) {
        const instance = mergedInstance(record, this.#overrideOf(record));
        came.push(instance);
        if (known) instances[at] = instance;
        else {
          keys.splice(at, 0, key);
          instances.splice(at, 0, instance);
        }
      } else if (known) {
        left.push(known);
        keys.splice(at, 1);
        instances.splice(at, 1);
      }
    }
    this.#merged = { keys, instances: Object.freeze(instances) };
    return { kind: "some", came, left };
  }

  /**
   * Those that the store lists, and `doubted` that it does not, sorted by key. Of the latter counts what was last said of
   * them: a store that forgot an instance forgot as well that it was out of rotation.
   */
  withDoubted(doubted: readonly DirectoryInstance[]): readonly DirectoryInstance[] {
    const listed = this.merged();
    if (doubted.length === 0) return listed;
    const kept = doubted.map((instance) => {
      const { service, address, id } = instance;
      const override = this.#overrideOf(instance);
      return {
        key: this.#layout.instance(service, address, id),
        instance: override ? overridden(instance, override) : instance,
      };
    });
    const instances: DirectoryInstance[] = [];
    let taken = 0;
    for (const { key, instance } of kept.toSorted((one, other) => (one.key < other.key ? -1 : 1))) {
      const until = placeOf(key, this.#merged?.keys ?? []);
      while (taken < until) instances.push(listed[taken++] as DirectoryInstance);
      instances.push(instance);
    }
    while (taken < listed.length) instances.push(listed[taken++] as DirectoryInstance);
    return Object.freeze(instances);
  }

  #overrideOf({ service, id }: InstanceRecord): InstanceOverride | undefined {
    return this.#overrides.size === 0 ? undefined : this.#overrides.get(this.#layout.override(service, id));
  }
}
