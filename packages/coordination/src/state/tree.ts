import type { Revision, SessionId } from "../port.js";
import { keyBelow, nameOf, parentOf, root } from "./key.js";

/** An entry as it is stored and travels: its value stays the JSON text that the writer made of it. */
export interface StoredEntry {
  readonly key: string;
  readonly json: string;
  readonly revision: Revision;
  readonly owner: SessionId | undefined;
}

interface Place {
  entry: StoredEntry | undefined;
  /** Names of the next segments; undefined while there is none. */
  names: Set<string> | undefined;
}

/** Entries by key, and what lies below what. A place exists while an entry stands at it or below it. */
export class Tree {
  readonly #places = new Map<string, Place>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): StoredEntry | undefined {
    return this.#places.get(key)?.entry;
  }

  hasBelow(key: string): boolean {
    return this.#places.get(key)?.names !== undefined;
  }

  /** Puts the entry in its place; returns the one that stood there. */
  set(entry: StoredEntry): StoredEntry | undefined {
    const place = this.#reach(entry.key);
    const previous = place.entry;
    place.entry = entry;
    if (!previous) this.#size++;
    return previous;
  }

  delete(key: string): StoredEntry | undefined {
    const place = this.#places.get(key);
    const previous = place?.entry;
    if (!place || !previous) return undefined;
    place.entry = undefined;
    this.#size--;
    this.#prune(key, place);
    return previous;
  }

  /** The names of the next segments, sorted. */
  children(parent: string): string[] {
    return [...(this.#places.get(parent)?.names ?? [])].toSorted();
  }

  /** The entries directly below, sorted by key. */
  list(parent: string): StoredEntry[] {
    const entries: StoredEntry[] = [];
    for (const name of this.children(parent)) {
      const entry = this.get(keyBelow(parent, name));
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** Every entry at or below the prefix: a parent before its children, siblings by name. */
  under(prefix: string): StoredEntry[] {
    const entries: StoredEntry[] = [];
    const waiting = [prefix];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const entry = this.get(key);
      if (entry) entries.push(entry);
      for (const name of this.children(key).toReversed()) waiting.push(keyBelow(key, name));
    }
    return entries;
  }

  #reach(key: string): Place {
    const known = this.#places.get(key);
    if (known) return known;
    const place: Place = { entry: undefined, names: undefined };
    this.#places.set(key, place);
    if (key !== root) {
      const parent = this.#reach(parentOf(key));
      parent.names ??= new Set();
      parent.names.add(nameOf(key));
    }
    return place;
  }

  #prune(key: string, place: Place): void {
    let empty: Place | undefined = place;
    for (let at = key; empty && !empty.entry && !empty.names; at = parentOf(at)) {
      this.#places.delete(at);
      if (at === root) return;
      const parent = this.#places.get(parentOf(at));
      parent?.names?.delete(nameOf(at));
      if (parent?.names?.size === 0) parent.names = undefined;
      empty = parent;
    }
  }
}
