import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Clock, Timer } from "@skylark/core/internal";
import { layout } from "../layout.js";
import { type Directory, directoryOf, unheardDirectory } from "./directory.js";
import type { DirectoryInstance } from "./directory-instance.js";
import { reportDoubts, reportEndings } from "./doubt-report.js";
import { Doubts } from "./doubts.js";
import { type LifeSigns, noLifeSigns } from "./life-signs.js";
import { type ListedChange, MergedView } from "./merged-view.js";

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
      coordination.watch(keys.services(service), (event) => this.#heard(this.#view.foldInstances(event))),
      coordination.watch(keys.overrides(service), (event) => this.#heard(this.#view.foldOverrides(event))),
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
    const rememberedSince = clock.now() - ageMs;
    this.#tell(directoryOf({ ...this.#directory, instances: Object.freeze(remembered), rememberedSince }));
  }

  /** Nothing is told afterwards. */
  close(): void {
    this.#judgement?.cancel();
    for (const release of this.#releases.splice(0)) release();
  }

  #heard(change: ListedChange): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    const inTouch = this.#inTouch();
    if (!this.#view.complete) {
      this.#directory = Object.freeze({ ...this.#directory, heardAt: now, inTouch });
      return;
    }
    const { service, instances: known } = this.#directory;
    const listed = this.#view.merged();
    const { began, ended } =
      change.kind === "all"
        ? this.#doubts.compare(known, listed, now)
        : this.#doubts.follow(change.came, change.left, listed, now);
    reportDoubts(log, service, began);
    reportEndings(log, service, ended);
    const instances = this.#view.withDoubted(this.#doubts.instances);
    this.#tell(directoryOf({ service, instances, heardAt: now, inTouch, complete: true, rememberedSince: undefined }));
    this.#awaitSigns(now);
  }

  #tell(directory: Directory): void {
    this.#directory = directory;
    this.#onDirectory(directory);
  }

  #awaitSigns(now: number): void {
    this.#judgement?.cancel();
    const { dueAt } = this.#doubts;
    const { clock } = this.#options;
    if (dueAt === undefined || this.#releases.length === 0) return;
    this.#judgement = clock.after(Math.max(0, dueAt - now), () => this.#judge());
  }

  #judge(): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    const ended = this.#doubts.judge(now);
    if (ended.length > 0) {
      reportEndings(log, this.#directory.service, ended);
      const instances = this.#view.withDoubted(this.#doubts.instances);
      this.#tell(directoryOf({ ...this.#directory, instances }));
    }
    this.#awaitSigns(now);
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
