import { type Log, SkylarkError } from "@skylark/core";
import { type Clock, pause } from "@skylark/core/internal";
import type { Calls } from "../calls/calls.js";
import type { Members } from "../connection/members.js";
import type { CallOptions } from "../options.js";

/**
 * `kept`: renewed in time. `unheard`: not renewed for two thirds of its time to live; it may still live. `lost`: the cluster
 * says that it is over, with all its keys. `revoked`: we ended it.
 */
export type LeaseStatus = "kept" | "unheard" | "lost" | "revoked";

/** By both clocks: the monotonic one stands still while a laptop sleeps, the wall clock may be set. */
interface Instant {
  readonly now: number;
  readonly wallNow: number;
}

type LeaseState =
  | { readonly kind: "kept" | "unheard"; readonly heardAt: Instant }
  | { readonly kind: "lost" }
  | { readonly kind: "revoked" };

type Renewal =
  | { readonly kind: "renewed"; readonly at: Instant }
  | { readonly kind: "over" }
  | { readonly kind: "failed"; readonly error: SkylarkError };

export interface LeaseParts {
  readonly calls: Calls;
  readonly members: Members;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LeaseRequest {
  /** Rounded up to whole seconds; the cluster may grant more. */
  readonly ttlMs: number;
  readonly options: CallOptions;
}

interface Granted {
  readonly id: bigint;
  readonly ttlMs: number;
  /** It cannot have begun before. */
  readonly askedAt: Instant;
}

/** Between renewals that fail at once. */
const againMs = 100;
const revokeMs = 2000;

/**
 * A lease, kept alive until it is revoked or lost. Each renewal is a stream of its own with a deadline of a third of the time
 * to live: one that hangs, for instance on a leader that froze, does not hold up the next.
 */
export class Lease {
  readonly id: bigint;
  /** What was granted. */
  readonly ttlMs: number;
  readonly #parts: LeaseParts;
  readonly #tell: (status: LeaseStatus) => void;
  readonly #ending = new AbortController();
  #wake = new AbortController();
  #state: LeaseState;

  private constructor(granted: Granted, parts: LeaseParts, tell: (status: LeaseStatus) => void) {
    this.id = granted.id;
    this.ttlMs = granted.ttlMs;
    this.#parts = parts;
    this.#tell = tell;
    this.#state = { kind: "kept", heardAt: granted.askedAt };
    void this.#keep();
  }

  /** Asks for a lease, and keeps it. A question whose answer is lost is asked again, and leaves a lease that nobody keeps. */
  static async grant(request: LeaseRequest, parts: LeaseParts, tell: (status: LeaseStatus) => void): Promise<Lease> {
    const askedAt = instant(parts.clock);
    const { ttlMs, options } = request;
    const asked = { ttl: BigInt(Math.ceil(ttlMs / 1000)) };
    const { id, ttl } = await parts.calls.call(
      { what: "grant a lease", repeatable: true, make: ({ lease }, rpc) => lease.leaseGrant(asked, rpc) },
      options,
    );
    return new Lease({ id, ttlMs: Number(ttl) * 1000, askedAt }, parts, tell);
  }

  get status(): LeaseStatus {
    return this.#state.kind;
  }

  /**
   * For how long it lives for certain: the cluster counts from the last renewal it heard, which is no earlier than the sending
   * of the last one that it answered. By whichever clock went further; 0 once it is over.
   */
  get remainingMs(): number {
    return "heardAt" in this.#state ? Math.max(0, this.ttlMs - this.#sinceMs(this.#state.heardAt)) : 0;
  }

  /** Renews it now, where somebody has a reason to think that it is over. */
  check(): void {
    this.#wake.abort();
  }

  /** Ends it; its keys go at once. Where the cluster is not reached within 2 s they go when it runs out. */
  async revoke(options: CallOptions = {}): Promise<void> {
    if (this.#state.kind === "lost" || this.#state.kind === "revoked") return;
    this.#end("revoked");
    const request = { id: this.id };
    try {
      await this.#parts.calls.call(
        {
          what: `revoke lease ${this.#name}`,
          repeatable: true,
          make: ({ lease }, rpc) => lease.leaseRevoke(request, rpc),
        },
        { timeoutMs: revokeMs, ...options },
      );
    } catch (error) {
      if (!SkylarkError.is(error, "not_found")) throw error;
    }
  }

  /** Stops renewing it and says nothing to the cluster: it runs out by itself. */
  abandon(): void {
    if (this.#state.kind === "kept" || this.#state.kind === "unheard") this.#end("revoked");
  }

  get #name(): string {
    return this.id.toString(16);
  }

  async #keep(): Promise<void> {
    const { clock, log } = this.#parts;
    let nextAt = clock.now() + this.ttlMs / 3;
    while ("heardAt" in this.#state) {
      await this.#sleep(nextAt - clock.now());
      if (!("heardAt" in this.#state)) return;
      this.#judge();
      const renewal = await this.#renew();
      if (!("heardAt" in this.#state)) return;
      if (renewal.kind === "over") return this.#end("lost");
      if (renewal.kind === "renewed") this.#heard(renewal.at);
      else {
        log("debug", `lease ${this.#name} is not renewed: ${renewal.error.message}`);
        this.#judge();
      }
      nextAt = renewal.kind === "renewed" ? renewal.at.now + this.ttlMs / 3 : clock.now() + againMs;
    }
  }

  async #renew(): Promise<Renewal> {
    const { calls, members, clock } = this.#parts;
    const at = instant(clock);
    const what = `keep lease ${this.#name}`;
    try {
      const attempt = await calls.attempt(
        { what, repeatable: true },
        { signal: this.#ending.signal, timeoutMs: this.ttlMs / 3 },
      );
      const { connection, rpcOptions } = attempt;
      try {
        for await (const { ttl } of connection.services.lease.leaseKeepAlive(oneRequest(this.id), rpcOptions))
          return ttl > 0n ? { kind: "renewed", at } : { kind: "over" };
        return {
          kind: "failed",
          error: new SkylarkError("unavailable", `${what}: the stream ended without an answer`),
        };
      } catch (thrown) {
        const { error } = attempt.failed(thrown);
        if (error.code === "not_found") return { kind: "over" };
        // the connection answers pings or has not been judged yet: the member may have no way to the leader
        if (error.code === "deadline_exceeded" && members.count > 1)
          members.leave(connection, stuck(connection.endpoint));
        return { kind: "failed", error };
      }
    } catch (error) {
      return { kind: "failed", error: SkylarkError.from(error, "unavailable") };
    }
  }

  async #sleep(delayMs: number): Promise<void> {
    this.#wake = new AbortController();
    const wake = AbortSignal.any([this.#wake.signal, this.#ending.signal]);
    if (delayMs > 0) await pause(this.#parts.clock, delayMs, wake);
  }

  #heard(at: Instant): void {
    const before = this.#state.kind;
    this.#state = { kind: "kept", heardAt: at };
    if (before !== "kept") this.#say("kept");
  }

  /** Tells where it was not renewed for too long. */
  #judge(): void {
    if (this.#state.kind !== "kept" || this.#sinceMs(this.#state.heardAt) < (this.ttlMs * 2) / 3) return;
    this.#state = { kind: "unheard", heardAt: this.#state.heardAt };
    this.#say("unheard");
  }

  #sinceMs({ now, wallNow }: Instant): number {
    const { clock } = this.#parts;
    return Math.max(clock.now() - now, clock.wallNow() - wallNow);
  }

  #end(kind: "lost" | "revoked"): void {
    this.#state = { kind };
    this.#ending.abort();
    if (kind === "lost") this.#say("lost");
  }

  #say(status: LeaseStatus): void {
    try {
      this.#tell(status);
    } catch (error) {
      this.#parts.log("error", `the listener of lease ${this.#name} threw at "${status}"`, { error });
    }
  }
}

function instant(clock: Clock): Instant {
  return { now: clock.now(), wallNow: clock.wallNow() };
}

function stuck(endpoint: string): SkylarkError {
  return new SkylarkError("unavailable", `etcd at ${endpoint} does not renew leases`, { reason: "CONNECTION_LOST" });
}

async function* oneRequest(id: bigint): AsyncGenerator<{ id: bigint }> {
  yield { id };
}
