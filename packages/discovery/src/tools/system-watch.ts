import type { Coordination, Watch, WatchEvent } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import { type DirectoryInstance, mergedInstance } from "../consumer/directory.js";
import { EntryView } from "../consumer/entry-view.js";
import { type Layout, layout } from "../layout.js";
import { type InstanceRecord, readInstance } from "../record/instance.js";
import { type InstanceOverride, readOverride } from "../record/override.js";

/**
 * All instances of a cluster, told again after each atomic change: for tools, which unlike consumers look at every service.
 * Nothing is told before the whole truth is known once. Whoever opens it closes it.
 */
export class SystemWatch {
  readonly #layout: Layout;
  readonly #onInstances: (instances: readonly DirectoryInstance[]) => void;
  readonly #instances: EntryView<InstanceRecord>;
  readonly #overrides: EntryView<InstanceOverride>;
  readonly #watches: readonly Watch[];

  constructor(
    coordination: Coordination,
    cluster: string,
    onInstances: (instances: readonly DirectoryInstance[]) => void,
    { log }: { readonly log: Log },
  ) {
    this.#layout = layout(cluster);
    this.#onInstances = onInstances;
    this.#instances = new EntryView(readInstance, log);
    this.#overrides = new EntryView((_key, value) => readOverride(value), log);
    this.#watches = [
      coordination.watch(this.#layout.services(), (event) => this.#heard(this.#instances, event)),
      coordination.watch(this.#layout.overrides(), (event) => this.#heard(this.#overrides, event)),
    ];
  }

  /** Nothing is told afterwards. */
  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  #heard(view: EntryView<unknown>, event: WatchEvent): void {
    view.fold(event);
    if (!this.#instances.complete || !this.#overrides.complete) return;
    const sorted = [...this.#instances.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
    this.#onInstances(
      sorted.map(([, record]) =>
        mergedInstance(record, this.#overrides.get(this.#layout.override(record.service, record.id))),
      ),
    );
  }
}
