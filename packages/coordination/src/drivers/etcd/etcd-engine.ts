import type { Log, SkylarkError } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";
import type { Etcd } from "@skylark/etcd";
import { defaultTimeoutMs, type Engine, type Written } from "../../engine/engine.js";
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
import { EtcdSession, type EtcdSessionOwner } from "./etcd-session.js";
import { EtcdWatch } from "./etcd-watch.js";
import { KeySpace } from "./key-space.js";
import { Reads } from "./reads.js";
import { Writes } from "./writes.js";

export interface EtcdEngineOptions {
  readonly etcd: Etcd;
  readonly prefix: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** An etcd cluster. Owns the client it is given. */
export class EtcdEngine implements Engine, EtcdSessionOwner {
  readonly listeners: SessionListeners;
  readonly #options: EtcdEngineOptions;
  readonly #keys: KeySpace;
  readonly #session: EtcdSession;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #quorum: Quorum;
  readonly #watches = new Set<EtcdWatch>();
  #sessions = 0;

  constructor(options: EtcdEngineOptions) {
    const { etcd, clock } = options;
    this.#options = options;
    this.listeners = new SessionListeners(options.log);
    this.#keys = new KeySpace(options.prefix);
    this.#reads = new Reads({ etcd, clock, timeoutMs: defaultTimeoutMs });
    this.#session = new EtcdSession(options, this);
    this.#writes = new Writes({ etcd, keys: this.#keys, session: this.#session });
    this.#quorum = new Quorum({ engine: "etcd", ask: () => etcd.standings(), clock });
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

  async get(key: string, options: ReadOptions): Promise<Entry | undefined> {
    const { entries } = await this.#reads.read(this.#keys.at(key), options);
    return entries[0] && this.#keys.entryOf(entries[0]);
  }

  async list(parent: string, options: ReadOptions): Promise<Entry[]> {
    const { entries } = await this.#reads.read(this.#keys.below(parent), options);
    const start = parent === root ? 1 : parent.length + 1;
    return entries.flatMap((found) => this.#keys.entryOf(found) ?? []).filter(({ key }) => !key.includes("/", start));
  }

  async children(parent: string, options: ReadOptions): Promise<string[]> {
    const { entries } = await this.#reads.read(this.#keys.below(parent), options, true);
    const start = parent === root ? 1 : parent.length + 1;
    const names = entries.flatMap(({ key }) => this.#keys.keyOf(key)?.slice(start).split("/", 1) ?? []);
    return [...new Set(names)].toSorted();
  }

  async write(operations: readonly StoredOperation[], options: OperationOptions): Promise<Written[]> {
    const deadline = new Deadline(this.#options.clock, options);
    const writing = deadline.waitFor(this.#writes.write(operations, deadline, options.signal));
    const written = await this.#quorum.watchOver(writing, (error) => deadline.end(error));
    for (const each of written) if (typeof each === "object") this.#reads.saw(BigInt(each.revision));
    return written;
  }

  async status(options: OperationOptions): Promise<StoreStatus> {
    const { etcd, prefix } = this.#options;
    const [address, members] = await Promise.all([etcd.connectedTo(options), etcd.members(options)]);
    return {
      engine: "etcd",
      address,
      members: members.map(({ address, role, version }) => ({
        address,
        role: role === "learner" ? "observer" : role,
        version,
      })),
      facts: { prefix: prefix === "" ? root : prefix },
    };
  }

  watch(prefix: string, listener: (event: WatchEvent) => void): Watch {
    const watch = new EtcdWatch(prefix, { ...this.#options, keys: this.#keys, reads: this.#reads }, listener);
    this.#watches.add(watch);
    watch.begin();
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
    await this.#options.etcd.close();
  }

  statusChanged(status: SessionStatus): void {
    this.listeners.tell(status);
  }

  /** The entries of the session before are gone, and so is what anybody concluded from them. */
  established(): void {
    if (this.#sessions++ > 0) for (const watch of this.#watches) watch.begin();
  }
}
