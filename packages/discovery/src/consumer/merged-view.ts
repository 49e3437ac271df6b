import type { WatchEvent } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Layout } from "../layout.js";
import { type InstanceRecord, readInstance } from "../record/instance.js";
import { type InstanceOverride, readOverride } from "../record/override.js";
import { type DirectoryInstance, mergedInstance, overridden } from "./directory-instance.js";
import { EntryView } from "./entry-view.js";

/** Instances as one watch tells them, with what others say of them as a second one does. */
export class MergedView {
  readonly #layout: Layout;
  readonly #instances: EntryView<InstanceRecord>;
  readonly #overrides: EntryView<InstanceOverride>;

  constructor(layout: Layout, log: Log) {
    this.#layout = layout;
    this.#instances = new EntryView((key, value) => readInstance(layout, key, value), log);
    this.#overrides = new EntryView((_key, value) => readOverride(value), log);
  }

  /** Whether both have told the whole truth once. With one of them alone, nobody knows who may be chosen. */
  get complete(): boolean {
    return this.#instances.complete && this.#overrides.complete;
  }

  foldInstances(event: WatchEvent): void {
    this.#instances.fold(event);
  }

  foldOverrides(event: WatchEvent): void {
    this.#overrides.fold(event);
  }

  /** Sorted by key, so that everybody sees the same order. */
  merged(): readonly DirectoryInstance[] {
    const sorted = [...this.#instances.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return Object.freeze(sorted.map(([, record]) => mergedInstance(record, this.#overrideOf(record))));
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
