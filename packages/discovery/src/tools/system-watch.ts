import type { Coordination, Watch } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { DirectoryInstance } from "../consumer/directory-instance.js";
import { MergedView } from "../consumer/merged-view.js";
import { layout } from "../layout.js";

/**
 * All instances of a cluster, told again after each atomic change: for tools, which unlike consumers look at every service.
 * Nothing is told before the whole truth is known once. Whoever opens it closes it.
 */
export class SystemWatch {
  readonly #view: MergedView;
  readonly #onInstances: (instances: readonly DirectoryInstance[]) => void;
  readonly #watches: readonly Watch[];

  constructor(
    coordination: Coordination,
    cluster: string,
    onInstances: (instances: readonly DirectoryInstance[]) => void,
    { log }: { readonly log: Log },
  ) {
    const keys = layout(cluster);
    this.#view = new MergedView(keys, log);
    this.#onInstances = onInstances;
    this.#watches = [
      coordination.watch(keys.services(), (event) => this.#heard(() => this.#view.foldInstances(event))),
      coordination.watch(keys.overrides(), (event) => this.#heard(() => this.#view.foldOverrides(event))),
    ];
  }

  /** Nothing is told afterwards. */
  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  #heard(fold: () => void): void {
    fold();
    if (this.#view.complete) this.#onInstances(this.#view.merged());
  }
}
