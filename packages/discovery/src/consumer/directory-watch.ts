import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Clock, Timer } from "@skylark/core/internal";
import { layout } from "../layout.js";
import { type Directory, unheardDirectory } from "./directory.js";
import type { DirectoryInstance } from "./directory-instance.js";
import { reportDoubts, reportEndings } from "./doubt-report.js";
import { Doubts } from "./doubts.js";
import { type LifeSigns, noLifeSigns } from "./life-signs.js";
import { MergedView } from "./merged-view.js";
import { Selections } from "./selection.js";

export interface DirectoryWatchOptions {
  /** Tells how old a directory is, and when the doubted have had their time. */
  readonly clock: Pick<Clock, "now" | "after">;
  readonly log: Log;
  /** What is heard of instances other than by the store. Default: nothing; then the store is always believed at once. */
  readonly lifeSigns?: LifeSigns | undefined;
}

/**
 * Keeps the directory of one service true: a new immutable one per change, pushed. What others say of an instance comes
 * by a watch of its own; nothing is told before both have told the whole truth once, so that nobody ever chooses an
 * instance that was taken out of rotation before. An instance that vanishes without a word is doubted, not dropped, while it
 * answers (`Doubts`). Whoever opens it closes it.
 */
export class DirectoryWatch {
  readonly #coordination: Coordination;
  readonly #options: DirectoryWatchOptions;
  readonly #onDirectory: (directory: Directory) => void;
  readonly #view: MergedView;
  readonly #doubts: Doubts;
  readonly #releases: (() => void)[];
  #judgement: Timer | undefined;
  #directory: Directory;

  constructor(
    coordination: Coordination,
    cluster: string,
    service: string,
    onDirectory: (directory: Directory) => void,
    options: DirectoryWatchOptions,
  ) {
    const { clock, log, lifeSigns = noLifeSigns } = options;
    this.#coordination = coordination;
    this.#options = options;
    this.#onDirectory = onDirectory;
    const keys = layout(cluster);
    this.#view = new MergedView(keys, log);
    this.#doubts = new Doubts(lifeSigns);
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

  /**
   * Goes by what an earlier process wrote down, `ageMs` ago, until the store speaks: then that counts, and whoever it does
   * not list is doubted like any other. Ignored where the store has spoken.
   */
  remember(instances: readonly DirectoryInstance[], ageMs: number): void {
    if (this.#directory.complete || this.#releases.length === 0) return;
    const { clock } = this.#options;
    const remembered = instances.map((each) => Object.freeze({ ...each, doubted: "remembered" } as const));
    this.#replace(Object.freeze(remembered), { rememberedSince: clock.now() - ageMs });
  }

  /** Nothing is told afterwards. */
  close(): void {
    this.#judgement?.cancel();
    for (const release of this.#releases.splice(0)) release();
  }

  #heard(fold: () => void): void {
    fold();
    const { clock, log } = this.#options;
    const heard = { heardAt: clock.now(), inTouch: this.#inTouch() };
    if (!this.#view.complete) {
      this.#directory = Object.freeze({ ...this.#directory, ...heard });
      return;
    }
    const listed = this.#view.merged();
    const { began, ended } = this.#doubts.compare(this.#directory.instances, listed, clock.now());
    reportDoubts(log, this.#directory.service, began);
    reportEndings(log, this.#directory.service, ended);
    const instances = this.#view.withDoubted(listed, this.#doubts.instances);
    this.#replace(instances, { ...heard, complete: true, rememberedSince: undefined });
    this.#awaitSigns();
  }

  #replace(instances: readonly DirectoryInstance[], heard: Partial<Directory>): void {
    const selections = new Selections(instances);
    this.#directory = Object.freeze({ ...this.#directory, ...heard, instances, selections });
    this.#onDirectory(this.#directory);
  }

  #awaitSigns(): void {
    this.#judgement?.cancel();
    const { dueAt } = this.#doubts;
    const { clock } = this.#options;
    if (dueAt === undefined || this.#releases.length === 0) return;
    this.#judgement = clock.after(Math.max(0, dueAt - clock.now()), () => this.#judge());
  }

  #judge(): void {
    const { clock, log } = this.#options;
    const ended = this.#doubts.judge(clock.now());
    if (ended.length > 0) {
      reportEndings(log, this.#directory.service, ended);
      this.#replace(this.#view.withDoubted(this.#view.merged(), this.#doubts.instances), {});
    }
    this.#awaitSigns();
  }

  /** The view does not change by being out of touch, only its age does. */
  #touched(): void {
    const inTouch = this.#inTouch();
    if (inTouch === this.#directory.inTouch) return;
    this.#directory = Object.freeze({ ...this.#directory, inTouch, heardAt: this.#options.clock.now() });
  }

  #inTouch(): boolean {
    return this.#coordination.session.kind === "established";
  }
}
