import type { Log, SkylarkError } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";
import type { Acl, TlsOptions, ZooKeeper } from "@skylark/zookeeper";
import type { Engine, Written } from "../../engine/engine.js";
import { SessionListeners } from "../../engine/session-listeners.js";
import type {
  Entry,
  OperationOptions,
  ReadOptions,
  SessionStatus,
  StoreStatus,
  Watch,
  WatchEvent,
} from "../../port.js";
import { root } from "../../state/key.js";
import type { StoredOperation } from "../../state/operation.js";
import { Deadline } from "../deadline.js";
import { Quorum } from "../quorum.js";
import { Attempts } from "./attempts.js";
import { BatchedReads } from "./batched-reads.js";
import { memberStandings } from "./member-standings.js";
import { NodeSpace } from "./node-space.js";
import { Reads } from "./reads.js";
import { askMembers } from "./store-status.js";
import { SubtreeWatch } from "./subtree-watch.js";
import { WatchedNodes } from "./watched-nodes.js";
import { Writes } from "./writes.js";
import { ZooKeeperSession, type ZooKeeperSessionOwner } from "./zookeeper-session.js";

export interface ZooKeeperEngineOptions {
  readonly hosts: string;
  readonly chroot: string;
  readonly tls: TlsOptions | undefined;
  /** Of the nodes it makes. Default: anyone may do anything. */
  readonly acl: readonly Acl[] | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A ZooKeeper ensemble. */
export class ZooKeeperEngine implements Engine, ZooKeeperSessionOwner {
  readonly listeners: SessionListeners;
  readonly #options: ZooKeeperEngineOptions;
  readonly #space: NodeSpace;
  readonly #session: ZooKeeperSession;
  readonly #reads: Reads;
  readonly #watched: WatchedNodes;
  readonly #writes: Writes;
  readonly #quorum: Quorum;
  readonly #watches = new Set<SubtreeWatch>();

  constructor(options: ZooKeeperEngineOptions) {
    const { chroot, hosts, tls, clock, acl } = options;
    this.#options = options;
    this.listeners = new SessionListeners(options.log);
    this.#space = new NodeSpace(chroot);
    this.#session = new ZooKeeperSession(options, this);
    const attempts = new Attempts(this.#session, options);
    this.#reads = new Reads(attempts, this.#space, clock);
    this.#watched = new WatchedNodes(this.#space, new BatchedReads());
    this.#writes = new Writes({ attempts, reads: this.#reads, space: this.#space, acl });
    this.#quorum = new Quorum({ engine: "ZooKeeper", ask: () => memberStandings(hosts, tls), clock });
  }

  get session(): SessionStatus {
    return this.#session.status;
  }

  get sessionRemainingMs(): number {
    return this.#session.remainingMs;
  }

  /** Settles with the first session, or with why there will be none. */
  get opened(): Promise<void> {
    return this.#session.opened;
  }

  get failure(): SkylarkError | undefined {
    return this.#session.failure;
  }

  /**
   * Looks for a session by `open`, again and again as long as what it fails with may pass.
   *
   * @param attemptMs how long an attempt may take now: finding a member, and laying out what writers need there
   */
  async connect(
    open: (openTimeoutMs: number) => Promise<ZooKeeper>,
    attemptMs: () => number,
    mayPass: (error: unknown) => boolean,
  ): Promise<void> {
    const layOut = async (client: ZooKeeper): Promise<void> =>
      await this.#writes.layOut(client, new Deadline(this.#options.clock, { timeoutMs: attemptMs() }));
    await this.#session.connect(() => open(attemptMs()), mayPass, layOut);
  }

  async get(key: string, options: ReadOptions): Promise<Entry | undefined> {
    return await this.#reads.get(key, options);
  }

  async list(parent: string, options: ReadOptions): Promise<Entry[]> {
    return await this.#reads.list(parent, options);
  }

  async children(parent: string, options: ReadOptions): Promise<string[]> {
    return await this.#reads.children(parent, options);
  }

  write(operations: readonly StoredOperation[], options: OperationOptions): Promise<Written[]> {
    const deadline = new Deadline(this.#options.clock, options);
    return this.#quorum.watchOver(this.#writes.write(operations, deadline), (error) => deadline.end(error));
  }

  async status(options: OperationOptions): Promise<StoreStatus> {
    const { hosts, tls, chroot, clock } = this.#options;
    new Deadline(clock, options).refusePassed(undefined);
    const members = await askMembers(hosts, tls);
    const address = this.#session.host;
    return { engine: "zookeeper", address, members, facts: { chroot: chroot === "" ? root : chroot } };
  }

  watch(prefix: string, listener: (event: WatchEvent) => void): Watch {
    const parts = { ...this.#options, session: this.#session, nodes: this.#watched, space: this.#space };
    const watch = new SubtreeWatch(prefix, parts, listener);
    this.#watches.add(watch);
    void watch.run();
    const close = () => {
      watch.close();
      this.#watches.delete(watch);
    };
    return { close };
  }

  async close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
    await this.#session.close();
  }

  statusChanged(status: SessionStatus): void {
    if (status.kind === "expired") for (const watch of this.#watches) watch.sessionLost();
    this.listeners.tell(status);
  }
}
