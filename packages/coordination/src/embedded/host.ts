import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Log, SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred, randomId, type Timer } from "@skylark/core/internal";
import { connectionResources, RpcServer, type Service, socketTransport } from "@skylark/rpc/internal";
import type { Disk } from "../journal/disk.js";
import type { Journal } from "../journal/journal.js";
import { type OpenedStore, openStore } from "../journal/open-store.js";
import type { SessionId } from "../port.js";
import { coordinationService } from "../protocol/messages.js";
import type { Command, Outcome } from "../state/command.js";
import type { StoredChange } from "../state/effect.js";
import type { Store } from "../state/store.js";
import type { StoredEntry } from "../state/tree.js";
import { WatchTable } from "../state/watch-table.js";
import { Committer, type CommitterOwner } from "./committer.js";
import { Conversation, type ConversationHost, type HostWatch } from "./conversation.js";
import type { Home } from "./home.js";
import { isLockCurrent } from "./lock.js";

export interface HostOptions {
  readonly home: Home;
  /** Held by the caller, who releases it when the host has ended. */
  readonly lockFd: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly disk?: Disk;
  readonly journalBytesMax?: number;
}

export const hostTiming = {
  /** How often sessions are judged: an expiry is late by at most this, and the shortest TTL's quarter is more than twice it. */
  tickMs: 50,
  /** How often the host looks whether the lock it holds is still the one at its path. */
  lockCheckMs: 250,
} as const;

type HostState = { kind: "serving"; timers: readonly Timer[] } | { kind: "ended" };

/**
 * The embedded store of this machine: owns the journal, judges the sessions, serves every process over a unix socket.
 * Runs in a thread of its own. It ends when told, when the disk fails, or when its folder is no longer its own.
 */
export class Host implements ConversationHost, CommitterOwner {
  readonly storeId: string;
  readonly epoch: number;
  readonly hostTag: string;
  readonly #options: HostOptions;
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #committer: Committer;
  readonly #server: RpcServer;
  readonly #watches = new WatchTable<HostWatch>();
  readonly #conversations = new Set<Conversation>();
  readonly #attached = new Map<SessionId, Conversation>();
  readonly #ended: Deferred<SkylarkError | undefined> = deferred();
  #state: HostState;
  #wallAheadMs: number;

  /** Opens the store and serves it. The caller holds its lock. Fails `data_loss` where stored data is damaged. */
  static async open(options: HostOptions): Promise<Host> {
    const opened = openStore({ ...options, folder: options.home.folder, now: options.clock.now() });
    let host: Host | undefined;
    try {
      raiseEpoch(opened);
      host = new Host(options, opened);
      await host.#listen();
      return host;
    } catch (error) {
      if (host) await host.close();
      else opened.journal.close();
      throw error;
    }
  }

  private constructor(options: HostOptions, { store, storeId, journal }: OpenedStore) {
    const { clock, log } = options;
    this.#options = options;
    this.storeId = storeId;
    this.epoch = store.epoch;
    this.hostTag = store.tag;
    this.#store = store;
    this.#journal = journal;
    this.#committer = new Committer(store, journal, this);
    const resources = connectionResources({ clock, log });
    this.#server = new RpcServer({ instance: storeId, transport: socketTransport, resources });
    this.#server.offer(this.#service());
    this.#wallAheadMs = clock.wallNow() - clock.now();
    store.sessions.grantAll(clock.now());
    const timers = [
      clock.every(hostTiming.tickMs, () => this.#judge()),
      clock.every(hostTiming.lockCheckMs, () => this.#stepDownIfReplaced()),
    ];
    this.#state = { kind: "serving", timers };
  }

  /** Settles when the store is closed and its lock may be released; with an error where that was not by `close`. */
  get ended(): Promise<SkylarkError | undefined> {
    return this.#ended.promise;
  }

  /** Commits what waits, and ends. */
  async close(): Promise<void> {
    this.#committer.end();
    this.#end(undefined);
    await this.#ended.promise;
  }

  now(): number {
    return this.#options.clock.now();
  }

  submit(command: Command, settle: (outcome: Outcome) => void): void {
    this.#committer.submit(command, settle);
  }

  touch(session: SessionId): boolean {
    return this.#store.sessions.touch(session, this.now());
  }

  ttlOf(session: SessionId): number {
    return this.#store.sessions.get(session)?.ttlMs ?? 0;
  }

  under(prefix: string): readonly StoredEntry[] {
    return this.#store.tree.under(prefix);
  }

  get commitsApplied(): number {
    return this.#committer.applied;
  }

  attach(session: SessionId, conversation: Conversation): void {
    const before = this.#attached.get(session);
    this.#attached.set(session, conversation);
    if (before && before !== conversation) before.end(lost("the client has come back over another connection"));
  }

  watch(prefix: string, watch: HostWatch): void {
    this.#watches.add(prefix, watch);
  }

  unwatch(prefix: string, watch: HostWatch): void {
    this.#watches.remove(prefix, watch);
  }

  /** A conversation has ended; its session goes on until its time is over. */
  left(conversation: Conversation): void {
    this.#conversations.delete(conversation);
    const { session } = conversation;
    if (session && this.#attached.get(session) === conversation) this.#attached.delete(session);
  }

  mayCommit(): boolean {
    return isLockCurrent(this.#options.lockFd, this.#options.home.lock);
  }

  committed(changes: readonly StoredChange[], number: number): void {
    for (const [watch, seen] of this.#watches.match(changes)) watch.changed(seen, number);
  }

  failed(error: SkylarkError | undefined): void {
    this.#end(error ?? replaced(this.#options.home));
  }

  compactionFailed(error: unknown): void {
    this.#options.log("warn", `no room for a snapshot beside ${this.#journal.path}; it is tried again later`, {
      error,
    });
  }

  #service(): Service {
    const open = (stream: ConstructorParameters<typeof Conversation>[0]) => {
      this.#conversations.add(new Conversation(stream, this));
    };
    const { name, version, stream } = coordinationService;
    return { name, version, methods: new Map([[stream, { shape: "stream", open }]]) };
  }

  /**
   * Binds another name and moves it to its place: a socket of a former host is replaced in one step, and when this one is
   * closed, libuv removes the name that was bound, never the socket of a host that came after.
   */
  async #listen(): Promise<void> {
    const { folder, socket } = this.#options.home;
    const leftOver = readdirSync(folder).filter((name) => /^s-\w{4}$/.test(name)); // a host died between the two steps
    for (const name of leftOver) rmSync(join(folder, name), { force: true });
    const bound = join(folder, `s-${randomId(4)}`);
    await this.#server.listen(`unix://${bound}`);
    renameSync(bound, socket);
  }

  #judge(): void {
    const { clock } = this.#options;
    const wallAheadMs = clock.wallNow() - clock.now();
    const sleptMs = wallAheadMs - this.#wallAheadMs;
    this.#wallAheadMs = wallAheadMs;
    for (const session of this.#store.sessions.tick(clock.now(), sleptMs)) {
      this.submit({ kind: "endSession", session }, (outcome) => {
        if (outcome.kind === "refused") return; // no room: it is overdue at the next tick again
        this.#attached.get(session)?.expired();
        this.#attached.delete(session);
      });
    }
  }

  #stepDownIfReplaced(): void {
    if (!this.mayCommit()) this.failed(undefined);
  }

  #end(error: SkylarkError | undefined): void {
    if (this.#state.kind === "ended") return;
    const own = this.mayCommit();
    for (const timer of this.#state.timers) timer.cancel();
    this.#state = { kind: "ended" };
    if (error) this.#options.log("error", `the embedded store steps down: ${error.message}`);
    this.#journal.close();
    if (own) rmSync(this.#options.home.socket, { force: true });
    this.#ended.resolve(error);
    for (const conversation of this.#conversations) conversation.end(error && lost(error.message));
    void this.#server.close();
  }
}

function raiseEpoch({ store, journal }: OpenedStore): void {
  const outcome = store.apply({ kind: "host", tag: randomId(4) });
  if (outcome.kind === "refused") throw outcome.error;
  const appended = journal.append(outcome.effects);
  if (appended.kind === "refused") throw appended.error;
}

function replaced({ folder }: Home): SkylarkError {
  return new SkylarkError("aborted", `${folder} was removed or replaced`);
}

function lost(message: string): SkylarkError {
  return new SkylarkError("unavailable", message, { reason: "CONNECTION_LOST" });
}
