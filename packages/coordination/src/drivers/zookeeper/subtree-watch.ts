import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Deferred, deferred, pause, type Random } from "@skylark/core/internal";
import type { Watch as NodeWatch, WatchNotice, ZooKeeper } from "@skylark/zookeeper";
import type { Change, Watch, WatchEvent } from "../../port.js";
import { root } from "../../state/key.js";
import { Deadline } from "../deadline.js";
import { readTimeoutMs } from "./batched-reads.js";
import type { NodeSpace } from "./node-space.js";
import type { WatchedNode, WatchedNodes } from "./watched-nodes.js";
import { isPassing } from "./zookeeper-errors.js";
import type { ZooKeeperSession } from "./zookeeper-session.js";

export interface SubtreeWatchParts {
  readonly session: ZooKeeperSession;
  readonly nodes: WatchedNodes;
  readonly space: NodeSpace;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** After a failure; a server that is back is found soon, one that is away is not hammered. */
const pauses = { firstMs: 20, mostMs: 1000 } as const;

/** What a hint says of a node. */
type Hint = "changed" | "deleted";

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
  /** The nodes of which the watcher was told, and those that lead to them. */
  readonly #told = new Map<string, WatchedNode>();
  /** What was read since, and is not told yet; undefined: there is no node. */
  readonly #read = new Map<string, WatchedNode | undefined>();
  /** Hinted at since it was read last. */
  #hinted = new Map<string, Hint>();
  /** Nothing is certain: all has to be read again. */
  #whole: "unread" | "read" = "unread";
  /** What the watcher is told next must be the whole truth; undefined: changes will do. */
  #snapshot: "first" | "resync" | undefined = "first";
  #armed: Armed | undefined;
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
        await this.#recovered();
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
    this.#armed?.watch.close().catch(() => {}); // whatever becomes of it at the server, nobody listens any more
  }

  get #isSettled(): boolean {
    return this.#whole === "read" && this.#hinted.size === 0;
  }

  /** Whoever watches already is told when the connection is back, and then asks together with the others. */
  async #recovered(): Promise<void> {
    if (!this.#armed || this.#armed.client.state.kind === "connected") {
      return await pause(this.#parts.clock, this.#backoff.next(), this.#closed.signal);
    }
    this.#stirred = deferred();
    await this.#stirred.promise;
  }

  async #settle(): Promise<void> {
    const { client } = this.#armed ?? (await this.#arm());
    while (!this.#isSettled) {
      if (this.#whole === "unread") await this.#readAll(client);
      else await this.#readHinted(client);
    }
    if (!this.#closed.signal.aborted) this.#tell();
  }

  async #arm(): Promise<Armed> {
    const deadline = new Deadline(this.#parts.clock, { timeoutMs: readTimeoutMs });
    const client = await this.#parts.session.client(deadline);
    const path = this.#parts.space.pathOf(this.#prefix);
    const hear = (notice: WatchNotice) => this.#hear(notice);
    const watch = await client.watch(path, hear, { ...deadline.request(), recursive: true });
    const armed = { client, watch };
    if (this.#closed.signal.aborted) void watch.close().catch(() => {});
    else this.#armed = armed;
    return armed;
  }

  #hear(notice: WatchNotice): void {
    switch (notice.kind) {
      case "created":
      case "dataChanged":
        return this.#hint(notice.path, "changed");
      case "deleted":
        return this.#hint(notice.path, "deleted");
      case "childrenChanged":
        return; // each child is hinted at by itself
      case "resumed":
        return this.#doubtAll();
      case "ended":
        this.#armed = undefined;
        return this.#doubtAll();
    }
  }

  #hint(path: string, hint: Hint): void {
    const key = this.#parts.space.keyOf(path);
    if (key === undefined || key === root) return;
    this.#hinted.set(key, hint);
    this.#stirred.resolve();
  }

  #doubtAll(): void {
    this.#whole = "unread";
    this.#stirred.resolve();
  }

  /**
   * A snapshot holds all that was written before it began. For changes no sync is needed: no member takes a client that has
   * seen more than itself, and of what it learns later it hints.
   */
  async #readAll(client: ZooKeeper): Promise<void> {
    this.#whole = "read";
    this.#hinted.clear();
    const { nodes, space } = this.#parts;
    const synced = this.#snapshot && client.sync(space.pathOf(root), { timeoutMs: readTimeoutMs });
    const [found] = await Promise.all([nodes.subtree(client, this.#prefix, this.#told), synced]);
    this.#read.clear();
    for (const key of this.#told.keys()) this.#read.set(key, undefined);
    for (const [key, node] of found) this.#read.set(key, node);
  }

  /** A deleted node needs no look. But what one multi did is known as a whole only behind an answer, whatever was asked. */
  async #readHinted(client: ZooKeeper): Promise<void> {
    const hinted = this.#hinted;
    this.#hinted = new Map();
    const changed: string[] = [];
    for (const [key, hint] of hinted) {
      if (hint === "changed") changed.push(key);
      else this.#read.set(key, undefined);
    }
    const { nodes, space } = this.#parts;
    if (changed.length === 0) {
      await client.exists(space.guardOf(space.pathOf(this.#prefix)), { timeoutMs: readTimeoutMs });
      return;
    }
    const found = await nodes.nodes(client, changed);
    for (const [index, key] of changed.entries()) this.#read.set(key, found[index]);
  }

  #tell(): void {
    const changes: Change[] = [];
    for (const [key, node] of inOrder(this.#read)) {
      const [before, entry] = [this.#told.get(key)?.entry, node?.entry];
      if (node) this.#told.set(key, node);
      else this.#told.delete(key);
      if (before?.revision === entry?.revision) continue;
      changes.push(entry ? { kind: "put", entry } : { kind: "deleted", key });
    }
    this.#read.clear();
    const snapshot = this.#snapshot;
    this.#snapshot = undefined;
    if (snapshot) {
      const entries = inOrder(this.#told).flatMap(([, { entry }]) => entry ?? []);
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

/** A watch as the server holds it. */
interface Armed {
  readonly client: ZooKeeper;
  readonly watch: NodeWatch;
}

function inOrder<Value>(byKey: ReadonlyMap<string, Value>): [string, Value][] {
  const all = [...byKey];
  return all.length < 2 ? all : all.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
