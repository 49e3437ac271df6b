import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Deferred, deferred, type Random } from "@skylark/core/internal";
import type { Watch as NodeWatch, WatchNotice, ZooKeeper } from "@skylark/zookeeper";
import { pause } from "../../client/pause.js";
import type { Change, Entry, Watch, WatchEvent } from "../../port.js";
import { root } from "../../state/key.js";
import { Deadline } from "./deadline.js";
import type { NodeSpace } from "./node-space.js";
import type { Reads } from "./reads.js";
import { isPassing } from "./zookeeper-errors.js";
import type { ZooKeeperSession } from "./zookeeper-session.js";

export interface SubtreeWatchParts {
  readonly session: ZooKeeperSession;
  readonly reads: Reads;
  readonly space: NodeSpace;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** After a failure; a server that is back is found soon, one that is away is not hammered. */
const pauses = { firstMs: 20, mostMs: 1000 } as const;

/** Longer than any read that is going to be answered takes. */
const readTimeoutMs = 30_000;

/**
 * One watch of the port. ZooKeeper's watches only hint that a node has changed; what saves the view is their order: a hint
 * reaches the client before any answer that shows a later state. So all that was hinted at is read again; when the last
 * answer has come and nothing was hinted at since, everything read was true at the instant of that last answer. That is
 * told. Until then nothing is.
 */
export class SubtreeWatch implements Watch {
  readonly #prefix: string;
  readonly #parts: SubtreeWatchParts;
  readonly #listener: (event: WatchEvent) => void;
  readonly #backoff: Backoff;
  readonly #closed = new AbortController();
  /** What the watcher holds. */
  readonly #told = new Map<string, Entry>();
  /** What was read since, and is not told yet; undefined: there is no entry. */
  readonly #read = new Map<string, Entry | undefined>();
  /** Hinted at since it was read last. */
  #hinted = new Set<string>();
  /** Nothing is certain: all has to be read again. */
  #whole: "unread" | "read" = "unread";
  /** What the watcher is told next must be the whole truth; undefined: changes will do. */
  #snapshot: "first" | "resync" | undefined = "first";
  #armed: NodeWatch | undefined;
  #stirred: Deferred<void> = deferred();

  constructor(prefix: string, parts: SubtreeWatchParts, listener: (event: WatchEvent) => void) {
    this.#prefix = prefix;
    this.#parts = parts;
    this.#listener = listener;
    this.#backoff = new Backoff(pauses, parts.random);
  }

  /** Watches until it is closed. Never fails. */
  async run(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      const stirred = (this.#stirred = deferred());
      try {
        await this.#settle();
        this.#backoff.reset();
        if (this.#isSettled) await stirred.promise;
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        this.#whole = "unread";
        this.#parts.log(
          isPassing(error) ? "debug" : "warn",
          `watch on ${this.#prefix}: ${SkylarkError.from(error).message}`,
        );
        await pause(this.#parts.clock, this.#backoff.next(), this.#closed.signal);
      }
    }
  }

  /** The session is over: whatever was concluded from its entries has to be thought over. */
  sessionLost(): void {
    this.#snapshot ??= "resync";
    this.#doubtAll();
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#stirred.resolve();
    this.#armed?.close().catch(() => {}); // whatever becomes of it at the server, nobody listens any more
  }

  get #isSettled(): boolean {
    return this.#whole === "read" && this.#hinted.size === 0;
  }

  async #settle(): Promise<void> {
    const deadline = new Deadline(this.#parts.clock, { timeoutMs: readTimeoutMs });
    const client = await this.#parts.session.client(deadline);
    await this.#arm(client, deadline);
    while (!this.#isSettled) {
      if (this.#whole === "unread") await this.#readAll(client, deadline);
      else await this.#readHinted(client, deadline);
    }
    if (!this.#closed.signal.aborted) this.#tell();
  }

  async #arm(client: ZooKeeper, deadline: Deadline): Promise<void> {
    if (this.#armed) return;
    const path = this.#parts.space.pathOf(this.#prefix);
    const hear = (notice: WatchNotice) => this.#hear(notice);
    const armed = await client.watch(path, hear, { ...deadline.request(), recursive: true });
    if (this.#closed.signal.aborted) void armed.close().catch(() => {});
    else this.#armed = armed;
  }

  #hear(notice: WatchNotice): void {
    switch (notice.kind) {
      case "created":
      case "deleted":
      case "dataChanged": {
        const key = this.#parts.space.keyOf(notice.path);
        if (key === undefined || key === root) return;
        this.#hinted.add(key);
        return this.#stirred.resolve();
      }
      case "childrenChanged":
        return; // each child is hinted at by itself
      case "resumed":
        return this.#doubtAll();
      case "ended":
        this.#armed = undefined;
        return this.#doubtAll();
    }
  }

  #doubtAll(): void {
    this.#whole = "unread";
    this.#stirred.resolve();
  }

  async #readAll(client: ZooKeeper, deadline: Deadline): Promise<void> {
    this.#whole = "read";
    this.#hinted.clear();
    const request = deadline.request();
    const { reads, space } = this.#parts;
    const synced = client.sync(space.pathOf(root), request);
    const [found] = await Promise.all([reads.subtree(client, this.#prefix, request), synced]);
    this.#read.clear();
    for (const key of this.#told.keys()) this.#read.set(key, undefined);
    for (const [key, { entry }] of found) if (entry) this.#read.set(key, entry);
  }

  async #readHinted(client: ZooKeeper, deadline: Deadline): Promise<void> {
    const keys = [...this.#hinted];
    this.#hinted.clear();
    const request = deadline.request();
    const nodes = await Promise.all(keys.map((key) => this.#parts.reads.node(client, key, request)));
    for (const [index, key] of keys.entries()) this.#read.set(key, nodes[index]?.entry);
  }

  #tell(): void {
    const changes: Change[] = [];
    for (const [key, entry] of [...this.#read].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (this.#told.get(key)?.revision === entry?.revision) continue;
      if (entry) this.#told.set(key, entry);
      else this.#told.delete(key);
      changes.push(entry ? { kind: "put", entry } : { kind: "deleted", key });
    }
    this.#read.clear();
    const snapshot = this.#snapshot;
    this.#snapshot = undefined;
    if (snapshot) {
      const entries = [...this.#told.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
      this.#say({ kind: "snapshot", entries, resync: snapshot === "resync" });
    } else if (changes.length > 0) this.#say({ kind: "changes", changes });
  }

  #say(event: WatchEvent): void {
    try {
      this.#listener(event);
    } catch (error) {
      this.#parts.log("error", `the listener of a watch on ${this.#prefix} threw`, { error });
    }
  }
}
