import type { Clock, Timer } from "@skylark/core/internal";
import type { Directory } from "../consumer/directory.js";
import type { DirectoryInstance } from "../consumer/directory-instance.js";
import { snapshotBody } from "./snapshot-text.js";
import type { Snapshots } from "./snapshots.js";

export const snapshotPace = {
  /** No service is written down more often. */
  writeEveryMs: 1000,
  /** Nor more seldom, while the store is in touch: an unchanged directory grows no older. */
  confirmEveryMs: 60 * 60 * 1000,
} as const;

type KeeperState =
  | { readonly kind: "idle" }
  | { readonly kind: "writing"; readonly done: Promise<void> }
  /** Has written just now; what changed meanwhile waits for `again`. */
  | { readonly kind: "resting"; readonly again: Timer }
  | { readonly kind: "closed" };

/** Writes down the directory of one service as it changes, beside the calls, never in their way. Whoever makes it closes it. */
export class SnapshotKeeper {
  readonly #snapshots: Pick<Snapshots, "write">;
  readonly #service: string;
  readonly #clock: Pick<Clock, "after" | "every">;
  readonly #newest: () => Directory;
  readonly #confirmation: Timer;
  #state: KeeperState = { kind: "idle" };
  #waiting: readonly DirectoryInstance[] | undefined;
  #written = "";

  /** `newest`: what is known now. */
  constructor(
    snapshots: Pick<Snapshots, "write">,
    service: string,
    newest: () => Directory,
    clock: Pick<Clock, "after" | "every">,
  ) {
    this.#snapshots = snapshots;
    this.#service = service;
    this.#newest = newest;
    this.#clock = clock;
    this.#confirmation = clock.every(snapshotPace.confirmEveryMs, () => this.#confirm());
  }

  /** The directory has changed. What is not the store's word is not kept. */
  changed(): void {
    const { complete, instances } = this.#newest();
    if (!complete || this.#state.kind === "closed") return;
    this.#waiting = instances;
    if (this.#state.kind === "idle") this.#write();
  }

  /** Resolves when what was known last is written down, as far as that can be done. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#confirmation.cancel();
    this.#state = { kind: "closed" };
    if (state.kind === "writing") await state.done;
    if (state.kind === "resting") state.again.cancel();
    await this.#flush();
  }

  #write(): void {
    this.#state = { kind: "writing", done: this.#flush().then(() => this.#rest()) };
  }

  async #flush(): Promise<void> {
    const instances = this.#waiting;
    this.#waiting = undefined;
    if (!instances) return;
    const body = snapshotBody(instances);
    if (body === this.#written) return;
    this.#written = (await this.#snapshots.write(this.#service, body)) ? body : "";
  }

  #rest(): void {
    if (this.#state.kind === "closed") return;
    const again = this.#clock.after(snapshotPace.writeEveryMs, () => {
      this.#state = { kind: "idle" };
      if (this.#waiting) this.#write();
    });
    this.#state = { kind: "resting", again };
  }

  #confirm(): void {
    if (!this.#newest().inTouch) return;
    this.#written = "";
    this.changed();
  }
}
