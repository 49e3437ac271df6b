import type { Coordination, WatchEvent } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { type Layout, layout } from "../layout.js";
import { type InstanceRecord, readInstance } from "../record/instance.js";
import { type InstanceOverride, readOverride } from "../record/override.js";
import { type Directory, type DirectoryInstance, mergedInstance, unheardDirectory } from "./directory.js";
import { EntryView } from "./entry-view.js";
import { Selections } from "./selection.js";

export interface DirectoryWatchOptions {
  /** Tells how old a directory is. */
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/**
 * Keeps the directory of one service true: a new immutable one per change, pushed. What others say of an instance comes
 * by a watch of its own; nothing is told before both have told the whole truth once, so that nobody ever chooses an
 * instance that was taken out of rotation before. Whoever opens it closes it.
 */
export class DirectoryWatch {
  readonly #coordination: Coordination;
  readonly #layout: Layout;
  readonly #clock: Pick<Clock, "now">;
  readonly #onDirectory: (directory: Directory) => void;
  readonly #instances: EntryView<InstanceRecord>;
  readonly #overrides: EntryView<InstanceOverride>;
  readonly #releases: (() => void)[];
  #directory: Directory;

  constructor(
    coordination: Coordination,
    cluster: string,
    service: string,
    onDirectory: (directory: Directory) => void,
    options: DirectoryWatchOptions,
  ) {
    const { clock, log } = options;
    this.#coordination = coordination;
    this.#layout = layout(cluster);
    this.#clock = clock;
    this.#onDirectory = onDirectory;
    this.#instances = new EntryView(readInstance, log);
    this.#overrides = new EntryView((_key, value) => readOverride(value), log);
    this.#directory = unheardDirectory(service, clock.now());
    const watches = [
      coordination.watch(this.#layout.services(service), (event) => this.#heard(this.#instances, event)),
      coordination.watch(this.#layout.overrides(service), (event) => this.#heard(this.#overrides, event)),
    ];
    const unsubscribe = coordination.onSession(() => this.#touched());
    this.#releases = [unsubscribe, ...watches.map((watch) => () => watch.close())];
  }

  /** The newest: also of whether the store is in touch, of which nobody is told. */
  get directory(): Directory {
    return this.#directory;
  }

  /** Nothing is told afterwards. */
  close(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  #heard(view: EntryView<unknown>, event: WatchEvent): void {
    view.fold(event);
    const heard = { heardAt: this.#clock.now(), inTouch: this.#inTouch() };
    if (!this.#instances.complete || !this.#overrides.complete) {
      this.#directory = Object.freeze({ ...this.#directory, ...heard });
      return;
    }
    const instances = this.#merged();
    const selections = new Selections(instances);
    this.#directory = Object.freeze({ ...this.#directory, ...heard, instances, selections, complete: true });
    this.#onDirectory(this.#directory);
  }

  #merged(): readonly DirectoryInstance[] {
    const { service } = this.#directory;
    const sorted = [...this.#instances.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const override = (id: string) => this.#overrides.get(this.#layout.override(service, id));
    return Object.freeze(sorted.map(([, record]) => mergedInstance(record, override(record.id))));
  }

  /** The view does not change by being out of touch, only its age does. */
  #touched(): void {
    const inTouch = this.#inTouch();
    if (inTouch === this.#directory.inTouch) return;
    this.#directory = Object.freeze({ ...this.#directory, inTouch, heardAt: this.#clock.now() });
  }

  #inTouch(): boolean {
    return this.#coordination.session.kind === "established";
  }
}
