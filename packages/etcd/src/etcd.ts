import { SkylarkError, silentLog } from "@skylark/core";
import { type Random, systemClock, systemRandom } from "@skylark/core/internal";
import { Calls, type RpcOptions } from "./calls/calls.js";
import { Token } from "./calls/token.js";
import { type MemberStanding, memberStandings } from "./cluster/member-standing.js";
import { clusterMembers, type MemberStatus } from "./cluster/member-status.js";
import type { Services } from "./connection/connection.js";
import { Members } from "./connection/members.js";
import type { KeyRange } from "./kv/key-range.js";
import type { KeyValue } from "./kv/key-value.js";
import { Kv, type Reading, type ReadOptions, type Updated } from "./kv/kv.js";
import type { Transaction, TransactionResult } from "./kv/transaction.js";
import { Lease, type LeaseParts, type LeaseStatus } from "./lease/lease.js";
import { type CallOptions, checkedEndpoint, defaultSilence, type EtcdOptions, type EtcdParts } from "./options.js";
import { Watch, type WatchEvent } from "./watch/watch.js";

type EtcdState =
  | { readonly kind: "open"; readonly leases: Set<Lease>; readonly watches: Set<Watch> }
  | { readonly kind: "closed" };

const defaultTimeoutMs = 5000;
const defaultOpenTimeoutMs = 10_000;

/**
 * Opens a client of an etcd cluster, 3.4 or newer. The caller closes it.
 *
 * Fails at once `unavailable` where every member refuses the connection, `unauthenticated` where the user, the password or a
 * certificate is not accepted by either side; `unavailable` after `openTimeoutMs` where members are silent.
 *
 * @example
 * await using etcd = await openEtcd({ endpoints: ["127.0.0.1:2379"] });
 * await etcd.put("/greeting", "hello");
 */
export async function openEtcd(options: EtcdOptions & EtcdParts): Promise<Etcd> {
  const endpoints = options.endpoints.map(checkedEndpoint);
  if (endpoints.length === 0) throw new SkylarkError("invalid_argument", "no endpoint of the etcd cluster is given");
  const { clock = systemClock, random = systemRandom, log = silentLog } = options;
  const { silence = defaultSilence, timeoutMs = defaultTimeoutMs, openTimeoutMs = defaultOpenTimeoutMs } = options;
  const tls = options.tls === true ? {} : options.tls || undefined;
  const members = new Members({ endpoints, tls, silence, clock, random, log });
  const calls = new Calls({ members, token: new Token(options.user), timeoutMs, clock, random, log });
  if (options.opens === "later") return new Etcd({ calls, members, clock, random, log });
  try {
    await members.open(openTimeoutMs);
    await calls.attempt({ what: "sign in", repeatable: true }, { timeoutMs: openTimeoutMs });
  } catch (error) {
    members.close();
    throw error;
  }
  return new Etcd({ calls, members, clock, random, log });
}

type ClientParts = LeaseParts & { readonly random: Random };

/**
 * A client of an etcd cluster: one connection, to one member at a time.
 *
 * Every call fails with a `SkylarkError`. `unavailable` with `CONNECTION_LOST`: a write may have happened. Where `notExecuted`
 * is set it certainly did not; `deadline_exceeded` says so in the same way. Reads are made again on another member, a write
 * never, once it may have been sent.
 */
export class Etcd implements AsyncDisposable {
  readonly #parts: ClientParts;
  readonly #kv: Kv;
  #state: EtcdState = { kind: "open", leases: new Set(), watches: new Set() };

  /** Made by `openEtcd`. */
  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#kv = new Kv(parts.calls);
  }

  async get(key: string, options: ReadOptions = {}): Promise<KeyValue | undefined> {
    const { entries } = await this.read({ from: key }, options);
    return entries[0];
  }

  /** Every key in a range, however many, as of one revision, which comes along. */
  async read(range: KeyRange, options: ReadOptions = {}): Promise<Reading> {
    this.#open();
    return this.#kv.read(range, options);
  }

  /** Answers with the revision it made. A lease that the key had before is dropped unless it is named again. */
  async put(
    key: string,
    value: string | Uint8Array,
    options: CallOptions & { readonly lease?: bigint } = {},
  ): Promise<bigint> {
    this.#open();
    return this.#kv.put(key, value, options);
  }

  /** Writes a key that there is, which keeps its lease. Fails `not_found` where there is none; nothing is written then. */
  async update(key: string, value: string | Uint8Array, options: CallOptions = {}): Promise<Updated> {
    this.#open();
    return this.#kv.update(key, value, options);
  }

  /** Answers with how many keys there were. */
  async delete(range: KeyRange, options: CallOptions = {}): Promise<number> {
    this.#open();
    return this.#kv.delete(range, options);
  }

  async transact(transaction: Transaction, options: CallOptions = {}): Promise<TransactionResult> {
    this.#open();
    return this.#kv.transact(transaction, options);
  }

  /** Forgets what was before `revision`; the last state of each key stays. */
  async compact(revision: bigint, options: CallOptions = {}): Promise<void> {
    this.#open();
    await this.#kv.compact(revision, options);
  }

  /**
   * Grants a lease and keeps it alive. `tell` hears every change of its status but the last, which is the caller's own.
   *
   * @param ttlMs rounded up to whole seconds; the cluster may grant more (`Lease.ttlMs`).
   */
  async grantLease(ttlMs: number, tell: (status: LeaseStatus) => void, options: CallOptions = {}): Promise<Lease> {
    this.#open();
    const lease = await Lease.grant({ ttlMs, options }, this.#parts, (status) => {
      if (status === "lost" && this.#state.kind === "open") this.#state.leases.delete(lease);
      tell(status);
    });
    if (this.#state.kind === "closed") lease.abandon();
    const { leases } = this.#open();
    leases.add(lease);
    return lease;
  }

  /** Tells every revision that changes something in the range, from `fromRevision` on, until it is closed. */
  watch(range: KeyRange, fromRevision: bigint, tell: (event: WatchEvent) => void): Watch {
    const { watches } = this.#open();
    const watch = new Watch(range, fromRevision, this.#parts, (event) => {
      if (event.kind !== "changed") watches.delete(watch);
      tell(event);
    });
    watches.add(watch);
    return watch;
  }

  /** The members as the cluster knows them, each asked how it is. */
  async members(options: CallOptions = {}): Promise<MemberStatus[]> {
    this.#open();
    return clusterMembers(this.#parts, options);
  }

  /** The members that this client was told of, each asked whether it knows a leader. Waits for none that is silent. */
  async standings(): Promise<MemberStanding[]> {
    this.#open();
    return memberStandings(this.#parts.members);
  }

  /** The member that calls go to, as it was dialled; waits for a connection where there is none. */
  async connectedTo(options: CallOptions = {}): Promise<string> {
    this.#open();
    const status = { what: "ask for the status", repeatable: true, local: true } as const;
    const make = async ({ maintenance }: Services, rpc: RpcOptions) => maintenance.status({}, rpc);
    await this.#parts.calls.call({ ...status, make }, options);
    return (await this.#parts.members.connection()).endpoint;
  }

  /** Calls under way fail `cancelled`. Leases run out by themselves; revoke them before. */
  async close(): Promise<void> {
    if (this.#state.kind === "closed") return;
    const { leases, watches } = this.#state;
    this.#state = { kind: "closed" };
    for (const lease of leases) lease.abandon();
    for (const watch of watches) watch.close();
    this.#parts.members.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): EtcdState & { kind: "open" } {
    if (this.#state.kind === "open") return this.#state;
    throw new SkylarkError("failed_precondition", "this etcd client was closed", { notExecuted: true });
  }
}
