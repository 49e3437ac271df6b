import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, type Deferred, deferred, pause, type Random } from "@skylark/core/internal";
import type { CallOptions, Etcd, Lease, LeaseStatus } from "@skylark/etcd";
import type { SessionId, SessionStatus } from "../../port.js";
import { ownerOf } from "./key-space.js";

export interface EtcdSessionOptions {
  readonly etcd: Etcd;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface EtcdSessionOwner {
  statusChanged(status: SessionStatus): void;
  /** A session is there, the first or another. */
  established(): void;
}

type SessionState =
  /** Asks for a lease; those who need one wait. */
  | { readonly kind: "granting"; readonly granted: Deferred<Lease> }
  | { readonly kind: "live"; readonly lease: Lease }
  | { readonly kind: "closed" };

const backoffOptions = { firstMs: 50, mostMs: 1000 };
const grantMs = 5000;

/** A session is a lease: kept alive, and replaced by another when the cluster says that it is over. */
export class EtcdSession {
  readonly #options: EtcdSessionOptions;
  readonly #owner: EtcdSessionOwner;
  readonly #opened: Deferred<void> = deferred();
  readonly #closing = new AbortController();
  #state: SessionState;
  #status: SessionStatus = { kind: "connecting" };
  #failure: SkylarkError | undefined;

  constructor(options: EtcdSessionOptions, owner: EtcdSessionOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#opened.promise.catch(() => {});
    this.#state = this.#granting();
  }

  get status(): SessionStatus {
    return this.#status;
  }

  get remainingMs(): number {
    return this.#state.kind === "live" ? this.#state.lease.remainingMs : 0;
  }

  /** Settles with the first session, or with why there will be none. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Why there is no session, as far as that is known. */
  get failure(): SkylarkError | undefined {
    return this.#failure;
  }

  /** The lease of the session, waited for while there is none. */
  async lease({ signal, timeoutMs = grantMs }: CallOptions): Promise<bigint> {
    const state = this.#state;
    if (state.kind === "closed") throw new SkylarkError("cancelled", "this client of the store was closed");
    if (state.kind === "live") return state.lease.id;
    const patience = new AbortController();
    const told = () => patience.abort();
    signal?.addEventListener("abort", told, { once: true });
    try {
      const waited = pause(this.#options.clock, timeoutMs, patience.signal);
      const lease = await Promise.race([state.granted.promise, waited]);
      if (lease) return lease.id;
      if (signal?.aborted) throw SkylarkError.from(signal.reason, "cancelled");
      const message = `no session with etcd within ${timeoutMs} ms`;
      throw new SkylarkError("deadline_exceeded", message, { notExecuted: true, cause: this.#failure });
    } finally {
      patience.abort();
      signal?.removeEventListener("abort", told);
    }
  }

  /** The cluster knew nothing of this lease: asks it now rather than at the next renewal. */
  suspect(lease: bigint): void {
    if (this.#state.kind === "live" && this.#state.lease.id === lease) this.#state.lease.check();
  }

  /** Ends it, and its entries with it; where the cluster is not reached they end with its time to live. */
  async close(): Promise<void> {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    this.#closing.abort();
    const error = new SkylarkError("cancelled", "the client was closed");
    this.#opened.reject(error);
    if (state.kind === "granting") state.granted.reject(error);
    this.#publish({ kind: "closed" });
    if (state.kind === "live") await state.lease.revoke().catch((thrown: unknown) => this.#note(thrown));
  }

  #granting(): SessionState {
    const granted = deferred<Lease>();
    granted.promise.catch(() => {});
    void this.#grant(granted);
    return { kind: "granting", granted };
  }

  async #grant(granted: Deferred<Lease>): Promise<void> {
    const { etcd, ttlMs, clock, random } = this.#options;
    const backoff = new Backoff(backoffOptions, random);
    while (!this.#closing.signal.aborted) {
      try {
        const tell = (status: LeaseStatus) => this.#leaseSaid(lease, status);
        const lease: Lease = await etcd.grantLease(ttlMs, tell, { timeoutMs: grantMs, signal: this.#closing.signal });
        return this.#established(lease, granted);
      } catch (thrown) {
        this.#note(thrown);
      }
      await pause(clock, backoff.next(), this.#closing.signal);
    }
  }

  #established(lease: Lease, granted: Deferred<Lease>): void {
    if (this.#closing.signal.aborted) {
      void lease.revoke().catch((thrown: unknown) => this.#note(thrown));
      return;
    }
    this.#failure = undefined;
    this.#state = { kind: "live", lease };
    this.#publish({ kind: "established", id: idOf(lease), ttlMs: lease.ttlMs });
    granted.resolve(lease);
    this.#opened.resolve();
    if (this.#status.kind === "established") this.#owner.established(); // unless a listener has closed the client
  }

  #leaseSaid(lease: Lease, status: LeaseStatus): void {
    if (this.#state.kind !== "live" || this.#state.lease !== lease) return;
    const id = idOf(lease);
    if (status === "unheard") this.#publish({ kind: "suspended", id });
    else if (status === "kept") this.#publish({ kind: "established", id, ttlMs: lease.ttlMs });
    else if (status === "lost") {
      this.#state = this.#granting();
      this.#publish({ kind: "expired", id });
    }
  }

  /** Keeps why; ends the opening where waiting would not help. */
  #note(thrown: unknown): void {
    const error = SkylarkError.from(thrown, "unavailable");
    const isTransient =
      error.code === "unavailable" || error.code === "deadline_exceeded" || error.code === "cancelled";
    if (this.#failure?.message !== error.message) this.#options.log(isTransient ? "debug" : "error", error.message);
    this.#failure = error;
    if (!isTransient) this.#opened.reject(error);
  }

  #publish(status: SessionStatus): void {
    this.#status = status;
    this.#owner.statusChanged(status);
  }
}

function idOf(lease: Lease): SessionId {
  return ownerOf(lease.id) as SessionId;
}
