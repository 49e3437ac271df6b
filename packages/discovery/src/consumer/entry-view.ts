import type { Change, Entry, Revision, WatchEvent } from "@skylark/coordination";
import type { Log } from "@skylark/core";

interface Read<T> {
  readonly revision: Revision;
  /** Undefined: it is there, but nobody understands it. */
  readonly value: T | undefined;
}

/** The entries below a key as a watch tells them, each read once. One that cannot be read is left out, and logged once. */
export class EntryView<T> {
  readonly #read: (key: string, value: unknown, known: T | undefined) => T;
  readonly #log: Log;
  #entries: Map<string, Read<T>> | undefined;

  /** `read` makes sense of a value; `known`: what was read at this key before. */
  constructor(read: (key: string, value: unknown, known: T | undefined) => T, log: Log) {
    this.#read = read;
    this.#log = log;
  }

  /** Whether the whole truth has been told once. */
  get complete(): boolean {
    return this.#entries !== undefined;
  }

  /** Of all entries, also of those that nobody understands. */
  get size(): number {
    return this.#entries?.size ?? 0;
  }

  /** In no particular order. */
  *entries(): Generator<readonly [key: string, value: T]> {
    for (const [key, { value }] of this.#entries ?? []) if (value !== undefined) yield [key, value];
  }

  get(key: string): T | undefined {
    return this.#entries?.get(key)?.value;
  }

  /** Answers with the keys that may be different now; `all` after a snapshot. */
  fold(event: WatchEvent): readonly string[] | "all" {
    if (event.kind === "changes") return event.changes.map((change) => this.#change(change));
    const before = this.#entries;
    this.#entries = new Map(event.entries.map((entry) => [entry.key, this.#reread(entry, before?.get(entry.key))]));
    return "all";
  }

  #change(change: Change): string {
    const entries = (this.#entries ??= new Map<string, Read<T>>());
    const key = change.kind === "deleted" ? change.key : change.entry.key;
    if (change.kind === "deleted") entries.delete(key);
    else entries.set(key, this.#reread(change.entry, entries.get(key)));
    return key;
  }

  #reread(entry: Entry, known: Read<T> | undefined): Read<T> {
    const { key, revision } = entry;
    if (known?.revision === revision) return known;
    try {
      return { revision, value: this.#read(key, entry.value, known?.value) };
    } catch (thrown) {
      this.#log("warn", `the entry ${key} is left out: ${thrown instanceof Error ? thrown.message : "unreadable"}`);
      return { revision, value: undefined };
    }
  }
}
