import type { StoredChange } from "./effect.js";
import { upwards } from "./key.js";

/** Who watches what. `W` is whatever the owner of the table calls a watch. */
export class WatchTable<W> {
  readonly #byPrefix = new Map<string, Set<W>>();

  add(prefix: string, watch: W): void {
    const watches = this.#byPrefix.get(prefix);
    if (watches) watches.add(watch);
    else this.#byPrefix.set(prefix, new Set([watch]));
  }

  remove(prefix: string, watch: W): void {
    const watches = this.#byPrefix.get(prefix);
    watches?.delete(watch);
    if (watches?.size === 0) this.#byPrefix.delete(prefix);
  }

  /** Which watch sees which of the changes of one atomic write, in their order. */
  match(changes: readonly StoredChange[]): Map<W, StoredChange[]> {
    const seen = new Map<W, StoredChange[]>();
    if (this.#byPrefix.size === 0) return seen;
    for (const change of changes) {
      const key = change.kind === "put" ? change.entry.key : change.key;
      for (const prefix of upwards(key)) {
        for (const watch of this.#byPrefix.get(prefix) ?? []) {
          const already = seen.get(watch);
          if (already) already.push(change);
          else seen.set(watch, [change]);
        }
      }
    }
    return seen;
  }
}
