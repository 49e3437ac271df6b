import type { Log } from "@skylark/core";
import { Backoff, type Clock, pause, type Random } from "@skylark/core/internal";
import type { Etcd, Watch as EtcdRangeWatch, WatchEvent as RangeEvent, RevisionChanges } from "@skylark/etcd";
import type { Change, Watch, WatchEvent } from "../../port.js";
import { isUnder, type KeySpace } from "./key-space.js";
import type { Reads } from "./reads.js";

export interface EtcdWatchParts {
  readonly etcd: Etcd;
  readonly keys: KeySpace;
  readonly reads: Reads;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type WatchState =
  | { readonly kind: "waiting" }
  /** Reads the whole truth. */
  | { readonly kind: "reading"; readonly abort: AbortController }
  | { readonly kind: "following"; readonly changes: EtcdRangeWatch }
  | { readonly kind: "closed" };

const backoffOptions = { firstMs: 50, mostMs: 2000 };

/** A snapshot at one revision, then every revision after it; begun anew when history was compacted or the session was lost. */
export class EtcdWatch implements Watch {
  readonly #prefix: string;
  readonly #parts: EtcdWatchParts;
  readonly #listener: (event: WatchEvent) => void;
  readonly #backoff: Backoff;
  #state: WatchState = { kind: "waiting" };
  #snapshots = 0;

  constructor(prefix: string, parts: EtcdWatchParts, listener: (event: WatchEvent) => void) {
    this.#prefix = prefix;
    this.#parts = parts;
    this.#listener = listener;
    this.#backoff = new Backoff(backoffOptions, parts.random);
  }

  /** Tells the whole truth, and goes on from there. */
  begin(): void {
    if (this.#state.kind === "closed") return;
    this.#release();
    const abort = new AbortController();
    this.#state = { kind: "reading", abort };
    void this.#read(abort.signal);
  }

  close(): void {
    this.#release();
    this.#state = { kind: "closed" };
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { etcd, keys, reads, clock, log } = this.#parts;
    const range = keys.around(this.#prefix);
    while (!signal.aborted) {
      try {
        const { revision, entries } = await reads.read(range, { fresh: true, signal });
        if (signal.aborted) return;
        this.#backoff.reset();
        const under = entries
          .flatMap((found) => keys.entryOf(found) ?? [])
          .filter(({ key }) => isUnder(this.#prefix, key));
        const changes = etcd.watch(range, revision + 1n, (event) => this.#heard(changes, event));
        this.#state = { kind: "following", changes };
        this.#tell({ kind: "snapshot", entries: under, resync: this.#snapshots++ > 0 });
        return;
      } catch (error) {
        if (signal.aborted) return;
        log("debug", `the watch on ${this.#prefix} cannot read yet`, { error });
      }
      await pause(clock, this.#backoff.next(), signal);
    }
  }

  #heard(changes: EtcdRangeWatch, event: RangeEvent): void {
    if (this.#state.kind !== "following" || this.#state.changes !== changes) return;
    switch (event.kind) {
      case "changed":
        return this.#changed(event);
      case "compacted":
        return this.begin();
      case "failed":
        this.#parts.log("error", `the watch on ${this.#prefix} was refused: ${event.error.message}`);
        return this.#againLater();
    }
  }

  #changed({ revision, changes }: RevisionChanges): void {
    const { keys, reads } = this.#parts;
    reads.saw(revision);
    const told = changes.flatMap((change): Change[] => {
      if (change.kind === "put") {
        const entry = keys.entryOf(change.entry);
        return entry && isUnder(this.#prefix, entry.key) ? [{ kind: "put", entry }] : [];
      }
      const key = keys.keyOf(change.key);
      return key !== undefined && isUnder(this.#prefix, key) ? [{ kind: "deleted", key }] : [];
    });
    if (told.length > 0) this.#tell({ kind: "changes", changes: told });
  }

  #againLater(): void {
    const abort = new AbortController();
    this.#state = { kind: "reading", abort };
    void pause(this.#parts.clock, this.#backoff.next(), abort.signal).then(() => this.#read(abort.signal));
  }

  #release(): void {
    if (this.#state.kind === "reading") this.#state.abort.abort();
    else if (this.#state.kind === "following") this.#state.changes.close();
  }

  #tell(event: WatchEvent): void {
    try {
      this.#listener(event);
    } catch (error) {
      this.#parts.log("error", `the listener of a watch on ${this.#prefix} threw`, { error });
    }
  }
}
