import { type Log, SkylarkError } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";
import type { Etcd } from "@skylark/etcd";
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
import { storedOperation } from "../../state/operation.js";
import { EtcdSession, type EtcdSessionOwner } from "./etcd-session.js";
import { EtcdWatch } from "./etcd-watch.js";
import { KeySpace } from "./key-space.js";
import { Reads } from "./reads.js";
import { Writes, type Written } from "./writes.js";

export interface EtcdCoordinationOptions {
  readonly etcd: Etcd;
  readonly prefix: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const defaultTimeoutMs = 5000;

/** The port over an etcd cluster. Owns the client it is given. */
export class EtcdCoordination implements Coordination, EtcdSessionOwner {
  readonly #options: EtcdCoordinationOptions;
  readonly #keys: KeySpace;
  readonly #session: EtcdSession;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #watches = new Set<EtcdWatch>();
  readonly #listeners = new Set<(status: SessionStatus) => void>();
  #closing: Promise<void> | undefined;
  #sessions = 0;

  constructor(options: EtcdCoordinationOptions) {
    const { etcd, clock } = options;
    this.#options = options;
    this.#keys = new KeySpace(options.prefix);
    this.#reads = new Reads({ etcd, clock, timeoutMs: defaultTimeoutMs });
    this.#session = new EtcdSession(options, this);
    this.#writes = new Writes({ etcd, keys: this.#keys, session: this.#session, clock, timeoutMs: defaultTimeoutMs });
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

  onSession(listener: (status: SessionStatus) => void): () => void {
    const own = (status: SessionStatus) => listener(status); // the same function given twice is two listeners
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async get(key: string, options: ReadOptions = {}): Promise<Entry | undefined> {
    checkKey(key);
    this.#refuseClosed();
    const { entries } = await this.#reads.read(this.#keys.at(key), options);
    return entries[0] && this.#keys.entryOf(entries[0]);
  }

  async list(parent: string, options: ReadOptions = {}): Promise<Entry[]> {
    checkPrefix(parent);
    this.#refuseClosed();
    const { entries } = await this.#reads.read(this.#keys.below(parent), options);
    const start = parent === root ? 1 : parent.length + 1;
    return entries.flatMap((found) => this.#keys.entryOf(found) ?? []).filter(({ key }) => !key.includes("/", start));
  }

  async children(parent: string, options: ReadOptions = {}): Promise<string[]> {
    checkPrefix(parent);
    this.#refuseClosed();
    const { entries } = await this.#reads.read(this.#keys.below(parent), options, true);
    const start = parent === root ? 1 : parent.length + 1;
    const names = entries.flatMap(({ key }) => this.#keys.keyOf(key)?.slice(start).split("/", 1) ?? []);
    return [...new Set(names)].toSorted();
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
    const { revision } = options;
    const [found] = await this.#write([{ kind: "delete", key, ...(revision !== undefined && { revision }) }], options);
    return found === true;
  }

  async multi(operations: readonly Operation[], options: OperationOptions = {}): Promise<Entry[]> {
    const results = await this.#write(operations, options);
    return results.filter((result): result is Entry => typeof result === "object");
  }

  async status(options: OperationOptions = {}): Promise<StoreStatus> {
    this.#refuseClosed();
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
    checkPrefix(prefix);
    this.#refuseClosed();
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
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  statusChanged(status: SessionStatus): void {
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        this.#options.log("error", `a listener of the session threw at "${status.kind}"`, { error });
      }
    }
  }

  /** The entries of the session before are gone, and so is what anybody concluded from them. */
  established(): void {
    if (this.#sessions++ > 0) for (const watch of this.#watches) watch.begin();
  }

  async #write(operations: readonly Operation[], options: OperationOptions): Promise<Written[]> {
    this.#refuseClosed();
    const written = await this.#writes.write(operations.map(storedOperation), options);
    for (const each of written) if (typeof each === "object") this.#reads.saw(BigInt(each.revision));
    return written;
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
    await this.#session.close();
    await this.#options.etcd.close();
  }

  #refuseClosed(): void {
    if (this.#session.status.kind !== "closed") return;
    throw new SkylarkError("failed_precondition", "this client of the store was closed", { notExecuted: true });
  }
}
