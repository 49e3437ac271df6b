import type { WatchEvent, WatchEventType } from "../wire/watch-event.js";

/** How a watch was set: the first three fire once, the others until they are removed. */
export type WatchKind = "data" | "exist" | "children" | "persistent" | "recursive";

export const oneShotKinds = ["data", "exist", "children"] as const satisfies readonly WatchKind[];
export const lastingKinds = ["persistent", "recursive"] as const satisfies readonly WatchKind[];

/** Which one-shot watches an event uses up. */
const usedUp: Partial<Record<WatchEventType, readonly WatchKind[]>> = {
  created: ["data", "exist"],
  deleted: ["data", "exist", "children"],
  dataChanged: ["data", "exist"],
  childrenChanged: ["children"],
};

/**
 * Who hears of what, by the server's paths. Pure: tells whom an event concerns, and forgets what fires once; `Listener` is
 * whatever the owner calls.
 */
export class WatchTable<Listener> {
  readonly #byKind: Record<WatchKind, Map<string, Set<Listener>>> = {
    data: new Map(),
    exist: new Map(),
    children: new Map(),
    persistent: new Map(),
    recursive: new Map(),
  };

  add(kind: WatchKind, path: string, listener: Listener): void {
    const listeners = this.#byKind[kind].get(path);
    if (listeners === undefined) this.#byKind[kind].set(path, new Set([listener]));
    else listeners.add(listener);
  }

  remove(kind: WatchKind, path: string, listener: Listener): void {
    const listeners = this.#byKind[kind].get(path);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#byKind[kind].delete(path);
  }

  /** Forgets all that was set at exactly this path. */
  removePath(path: string): void {
    for (const watches of Object.values(this.#byKind)) watches.delete(path);
  }

  /** Whether anything is set at exactly this path. */
  has(path: string): boolean {
    return Object.values(this.#byKind).some((watches) => watches.has(path));
  }

  /** Whom an event concerns, each once; one-shot watches among them are gone afterwards. */
  fire({ type, path }: Pick<WatchEvent, "type" | "path">): Set<Listener> {
    const concerned = new Set<Listener>();
    const kinds = usedUp[type];
    if (kinds === undefined) return concerned;
    const tell = (listeners: Set<Listener> | undefined): void => {
      for (const listener of listeners ?? []) concerned.add(listener);
    };
    for (const kind of kinds) {
      tell(this.#byKind[kind].get(path));
      this.#byKind[kind].delete(path);
    }
    tell(this.#byKind.persistent.get(path));
    if (type === "childrenChanged") return concerned; // a recursive watch hears of each child by itself
    for (const above of pathAndAncestors(path)) tell(this.#byKind.recursive.get(above));
    return concerned;
  }

  paths(kind: WatchKind): string[] {
    return [...this.#byKind[kind].keys()];
  }

  /** Everybody who has set a watch of one of these kinds, each once. */
  listeners(kinds: readonly WatchKind[]): Set<Listener> {
    const all = new Set<Listener>();
    for (const kind of kinds) for (const set of this.#byKind[kind].values()) for (const each of set) all.add(each);
    return all;
  }

  /** Forgets these kinds, and answers who had set them. */
  take(kinds: readonly WatchKind[]): Set<Listener> {
    const all = this.listeners(kinds);
    for (const kind of kinds) this.#byKind[kind].clear();
    return all;
  }
}

/** `/a/b`: `/a/b`, `/a`, `/`. */
export function* pathAndAncestors(path: string): Generator<string> {
  for (let at = path; at !== "/"; at = at.slice(0, Math.max(1, at.lastIndexOf("/")))) yield at;
  yield "/";
}
