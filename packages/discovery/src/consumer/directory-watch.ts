import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { layout } from "../layout.js";
import { type Directory, unheardDirectory } from "./directory.js";
import { MergedView } from "./merged-view.js";
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
  readonly #clock: Pick<Clock, "now">;
  readonly #onDirectory: (directory: Directory) => void;
  readonly #view: MergedView;
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
    this.#clock = clock;
    this.#onDirectory = onDirectory;
    const keys = layout(cluster);
    this.#view = new MergedView(keys, log);
    this.#directory = unheardDirectory(service, clock.now());
    const watches = [
      coordination.watch(keys.services(service), (event) => this.#heard(() => this.#view.foldInstances(event))),
      coordination.watch(keys.overrides(service), (event) => this.#heard(() => this.#view.foldOverrides(event))),
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

  #heard(fold: () => void): void {
    fold();
    const heard = { heardAt: this.#clock.now(), inTouch: this.#inTouch() };
    if (!this.#view.complete) {
      this.#directory = Object.freeze({ ...this.#directory, ...heard });
      return;
    }
    const instances = this.#view.merged();
    const selections = new Selections(instances);
    this.#directory = Object.freeze({ ...this.#directory, ...heard, instances, selections, complete: true });
    this.#onDirectory(this.#directory);
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
