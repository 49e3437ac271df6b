import type { Log, SkylarkError } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";
import type { Acl, TlsOptions, ZooKeeper } from "@skylark/zookeeper";
import type {
  Coordination,
  Entry,
  Json,
  Operation,
  OperationOptions,
  PutOptions,
  ReadOptions,
  SessionStatus,
  StoreStatus,
  Watch,
  WatchEvent,
} from "../../port.js";
import { checkKey, checkPrefix, root } from "../../state/key.js";
import { type StoredOperation, storedOperation } from "../../state/operation.js";
import { Attempts } from "./attempts.js";
import { Deadline } from "./deadline.js";
import { NodeSpace } from "./node-space.js";
import { Reads } from "./reads.js";
import { askMembers } from "./store-status.js";
import { SubtreeWatch } from "./subtree-watch.js";
import { Writes, type Written } from "./writes.js";
import { closedError, ZooKeeperSession, type ZooKeeperSessionOwner } from "./zookeeper-session.js";

export interface ZooKeeperCoordinationOptions {
  readonly hosts: string;
  readonly chroot: string;
  readonly tls: TlsOptions | undefined;
  /** Of the nodes it makes. Default: anyone may do anything. */
  readonly acl: readonly Acl[] | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The port over a ZooKeeper ensemble. Owns the client it is given. */
export class ZooKeeperCoordination implements Coordination, ZooKeeperSessionOwner {
  readonly #options: ZooKeeperCoordinationOptions;
  readonly #space: NodeSpace;
  readonly #session: ZooKeeperSession;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #watches = new Set<SubtreeWatch>();
  readonly #listeners = new Set<(status: SessionStatus) => void>();
  #closing: Promise<void> | undefined;

  constructor(options: ZooKeeperCoordinationOptions) {
    const { chroot, clock, acl } = options;
    this.#options = options;
    this.#space = new NodeSpace(chroot);
    this.#session = new ZooKeeperSession(options, this);
    const attempts = new Attempts(this.#session, options);
    this.#reads = new Reads(attempts, this.#space, clock);
    this.#writes = new Writes({ attempts, reads: this.#reads, space: this.#space, clock, acl });
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

  /** Looks for a session by `open`, again and again as long as what it fails with may pass. */
  async connect(open: () => Promise<ZooKeeper>, mayPass: (error: unknown) => boolean): Promise<void> {
    await this.#session.connect(open, mayPass, async (client) => {
      await this.#writes.layOut(client, new Deadline(this.#options.clock, {}));
    });
  }

  onSession(listener: (status: SessionStatus) => void): () => void {
    const own = (status: SessionStatus) => listener(status); // the same function given twice is two listeners
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async get(key: string, options: ReadOptions = {}): Promise<Entry | undefined> {
    checkKey(key);
    this.#refuseClosed();
    return await this.#reads.get(key, options);
  }

  async list(parent: string, options: ReadOptions = {}): Promise<Entry[]> {
    checkPrefix(parent);
    this.#refuseClosed();
    return await this.#reads.list(parent, options);
  }

  async children(parent: string, options: ReadOptions = {}): Promise<string[]> {
    checkPrefix(parent);
    this.#refuseClosed();
    return await this.#reads.children(parent, options);
  }

  async create(key: string, value: Json, options: OperationOptions & { ephemeral?: boolean } = {}): Promise<Entry> {
    const [entry] = await this.multi([{ kind: "create", key, value, ephemeral: options.ephemeral ?? false }], options);
    return entry as Entry;
  }

  async put(key: string, value: Json, options: PutOptions = {}): Promise<Entry> {
    const { revision } = options;
    const [entry] = await this.multi(
      [{ kind: "put", key, value, ...(revision !== undefined && { revision }) }],
      options,
    );
    return entry as Entry;
  }

  async delete(key: string, options: PutOptions = {}): Promise<boolean> {
    const [found] = await this.#write([{ kind: "delete", key, revision: options.revision }], options);
    return found === true;
  }

  async multi(operations: readonly Operation[], options: OperationOptions = {}): Promise<Entry[]> {
    this.#refuseClosed();
    const results = await this.#write(operations.map(storedOperation), options);
    return results.filter((result): result is Entry => typeof result === "object");
  }

  async status(options: OperationOptions = {}): Promise<StoreStatus> {
    this.#refuseClosed();
    const { hosts, tls, chroot, clock } = this.#options;
    new Deadline(clock, options).refusePassed(undefined);
    const members = await askMembers(hosts, tls);
    const address = this.#session.host;
    return { engine: "zookeeper", address, members, facts: { chroot: chroot === "" ? root : chroot } };
  }

  watch(prefix: string, listener: (event: WatchEvent) => void): Watch {
    checkPrefix(prefix);
    this.#refuseClosed();
    const parts = { ...this.#options, session: this.#session, reads: this.#reads, space: this.#space };
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
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  statusChanged(status: SessionStatus): void {
    if (status.kind === "expired") for (const watch of this.#watches) watch.sessionLost();
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        this.#options.log("error", `a listener of the session threw at "${status.kind}"`, { error });
      }
    }
  }

  async #write(operations: readonly StoredOperation[], options: OperationOptions): Promise<Written[]> {
    this.#refuseClosed();
    return await this.#writes.write(operations, options);
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
    await this.#session.close();
  }

  #refuseClosed(): void {
    if (this.#session.status.kind === "closed") throw closedError();
  }
}
