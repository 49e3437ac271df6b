import type { Log } from "@skylark/core";
import type { MessageStream } from "@skylark/rpc";
import type { Watch, WatchEvent } from "../port.js";
import { changeFrom, entryFrom } from "../protocol/host-message.js";
import type { ClientMessage, HostMessage } from "../protocol/messages.js";
import type { StoredChange } from "../state/effect.js";
import type { StoredEntry } from "../state/tree.js";

export type WatchMessage = Extract<HostMessage, { watch: number }>;

interface OpenWatch {
  /** Its number on this connection and session; events under an earlier one come too late. */
  id: number;
  readonly prefix: string;
  readonly listener: (event: WatchEvent) => void;
  /** Pages of an event that is not whole yet. */
  entries: StoredEntry[];
  changes: StoredChange[];
  /** How many snapshots it was told. */
  snapshots: number;
}

/** The watches of one client. Every connection and every session opens them anew, and so begins with the whole truth. */
export class Watches {
  readonly #log: Log;
  readonly #open = new Map<number, OpenWatch>();
  #stream: MessageStream | undefined;
  #last = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  open(prefix: string, listener: (event: WatchEvent) => void): Watch {
    const watch = { id: ++this.#last, prefix, listener, entries: [], changes: [], snapshots: 0 };
    this.#ask(watch);
    return { close: () => this.#close(watch) };
  }

  /** A session is there, perhaps another over the same connection. */
  resume(stream: MessageStream): void {
    const watches = [...this.#open.values()];
    for (const { id } of watches) if (this.#stream === stream) this.#send({ kind: "unwatch", watch: id });
    this.#open.clear();
    this.#stream = stream;
    for (const watch of watches) {
      watch.id = ++this.#last;
      watch.entries = [];
      watch.changes = [];
      this.#ask(watch);
    }
  }

  lost(): void {
    this.#stream = undefined;
  }

  close(): void {
    this.#open.clear();
    this.#stream = undefined;
  }

  received(message: WatchMessage): void {
    const watch = this.#open.get(message.watch);
    if (!watch) return;
    if (message.kind === "snapshot") {
      watch.entries.push(...message.entries);
      if (message.more) return;
      const entries = watch.entries.map(entryFrom);
      watch.entries = [];
      this.#tell(watch, { kind: "snapshot", entries, resync: watch.snapshots++ > 0 });
    } else {
      watch.changes.push(...message.changes);
      if (message.more) return;
      const changes = watch.changes.map(changeFrom);
      watch.changes = [];
      this.#tell(watch, { kind: "changes", changes });
    }
  }

  #tell(watch: OpenWatch, event: WatchEvent): void {
    try {
      watch.listener(event);
    } catch (error) {
      this.#log("error", `the listener of a watch on ${watch.prefix} threw`, { error });
    }
  }

  #ask(watch: OpenWatch): void {
    this.#open.set(watch.id, watch);
    this.#send({ kind: "watch", watch: watch.id, prefix: watch.prefix });
  }

  #close({ id }: OpenWatch): void {
    if (this.#open.delete(id)) this.#send({ kind: "unwatch", watch: id });
  }

  #send(message: ClientMessage): void {
    this.#stream?.send(message);
  }
}
