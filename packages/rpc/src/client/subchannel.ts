import type { Candidate } from "@skylark/balance";
import { SkylarkError } from "@skylark/core";
import { Backoff, type Timer } from "@skylark/core/internal";
import type { KeepAliveOptions } from "../connection/keep-alive.js";
import type { MessageStream } from "../connection/message-stream.js";
import type { ConnectionResources } from "../connection/resources.js";
import { lostError } from "../transport/lost-error.js";
import type { Transport } from "../transport/transport.js";
import { Failure } from "../wire/failure.js";
import type { CallerIdentity, MethodShape, ServiceEntry } from "../wire/handshake.js";
import type { ClientCall, EventualOutcome } from "./client-call.js";
import type { ClientConnection } from "./client-connection.js";
import { connect } from "./connect.js";
import type { StreamCall } from "./stream-call.js";

/** One instance's address, as a directory tells it. */
export interface Endpoint {
  /** The instance that must answer there; whoever else does is refused. */
  readonly id: string;
  readonly address: string;
}

export interface SubchannelOptions {
  readonly identity: CallerIdentity;
  readonly keepAlive: KeepAliveOptions;
  readonly messageBytesMax: number;
  /** How long a connection and its handshake may take. Default: 3000 ms. */
  readonly connectTimeoutMs: number;
}

type SubchannelState =
  | { kind: "idle" }
  | { kind: "connecting"; abort: AbortController }
  | { kind: "ready"; connection: ClientConnection; since: number }
  | { kind: "failing"; why: SkylarkError; retry: Timer }
  | { kind: "closed" };

/** A connection that ends sooner than this was no success: dialling again goes on slowing down. */
const settledAfterMs = 1000;

/** This client's link to one instance: dialled when first wanted, and again, with backoff, as long as it is wanted. */
export class Subchannel implements Candidate {
  readonly id: string;
  readonly address: string;
  readonly #transport: Transport;
  readonly #options: SubchannelOptions;
  readonly #resources: ConnectionResources;
  readonly #changed: () => void;
  readonly #backoff: Backoff;
  #state: SubchannelState = { kind: "idle" };

  constructor(
    endpoint: Endpoint,
    transport: Transport,
    options: SubchannelOptions,
    resources: ConnectionResources,
    changed: () => void,
  ) {
    this.id = endpoint.id;
    this.address = endpoint.address;
    this.#transport = transport;
    this.#options = options;
    this.#resources = resources;
    this.#changed = changed;
    this.#backoff = new Backoff({ firstMs: 50, mostMs: 5000 }, resources.random);
  }

  get ready(): boolean {
    return this.#state.kind === "ready";
  }

  get inFlight(): number {
    return this.#state.kind === "ready" ? this.#state.connection.inFlight : 0;
  }

  get status(): SubchannelState["kind"] {
    return this.#state.kind;
  }

  /** Why it cannot be reached, while it cannot. */
  get failure(): SkylarkError | undefined {
    return this.#state.kind === "failing" ? this.#state.why : undefined;
  }

  get services(): ServiceEntry[] {
    return this.#state.kind === "ready" ? this.#state.connection.services : [];
  }

  /** Whether it is known not to offer this service. */
  lacks(service: string): boolean {
    return this.#state.kind === "ready" && !this.#state.connection.offers(service);
  }

  /** Undefined where it is not offered, or nothing is known yet. */
  shapeOf(service: string, method: string): MethodShape | undefined {
    return this.#state.kind === "ready" ? this.#state.connection.shapeOf(service, method) : undefined;
  }

  isDraining(service: string): boolean {
    return this.#state.kind === "ready" && this.#state.connection.isLeaving(service);
  }

  /**
   * For how long this very instance has said nothing over its connection, in milliseconds; undefined where there is none,
   * or it is leaving or no longer offers the service.
   */
  silentMs(service: string): number | undefined {
    if (this.#state.kind !== "ready" || this.isDraining(service) || this.lacks(service)) return undefined;
    return this.#state.connection.lifeSigns.silentMs;
  }

  /** Asks it for a sign of life, which shows in `silentMs`. Does nothing where it is not connected. */
  ask(): void {
    if (this.#state.kind === "ready") this.#state.connection.lifeSigns.ask();
  }

  attempt(call: ClientCall): EventualOutcome {
    if (this.#state.kind === "ready") return this.#state.connection.attempt(call);
    return this.#notConnected(call);
  }

  attemptOneWay(call: ClientCall): EventualOutcome {
    if (this.#state.kind === "ready") return this.#state.connection.attemptOneWay(call);
    return this.#notConnected(call);
  }

  attemptStream(call: StreamCall): EventualOutcome {
    if (this.#state.kind === "ready") return this.#state.connection.attemptStream(call);
    return this.#notConnected(call);
  }

  openStream(service: string, method: string): MessageStream {
    if (this.#state.kind === "ready") return this.#state.connection.openStream(service, method);
    throw lostError(`${this.address} is not connected`);
  }

  /** Dials, unless that is done or under way. */
  connect(): void {
    if (this.#state.kind !== "idle") return;
    const abort = new AbortController();
    this.#state = { kind: "connecting", abort };
    void this.#dial(abort);
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: "closed" };
    if (state.kind === "connecting") state.abort.abort();
    else if (state.kind === "ready") state.connection.close();
    else if (state.kind === "failing") state.retry.cancel();
  }

  #notConnected(call: ClientCall): Failure {
    call.sent = false;
    return new Failure("unavailable", `${this.address} is not connected`, { reason: "CONNECTION_LOST" });
  }

  async #dial(abort: AbortController): Promise<void> {
    try {
      const connection = await connect(
        this.#transport,
        this.address,
        { ...this.#options, instance: this.id },
        this.#resources,
        (connection) => ({
          draining: () => this.#told(connection()),
          offersChanged: () => this.#told(connection()),
          closed: (cause) => this.#lost(connection(), cause),
        }),
        abort.signal,
      );
      if (this.#state.kind === "connecting") this.#ready(connection);
      else connection.close();
    } catch (thrown) {
      this.#failed(SkylarkError.from(thrown, "unavailable"));
    }
  }

  /** While it was not known here yet, the connection may have ended, or been told of a drain. */
  #ready(connection: ClientConnection): void {
    connection.throwIfClosed();
    this.#state = { kind: "ready", connection, since: this.#resources.clock.now() };
    this.#changed();
  }

  #told(connection: ClientConnection | undefined): void {
    if (this.#state.kind === "ready" && this.#state.connection === connection) this.#changed();
  }

  #lost(connection: ClientConnection | undefined, cause: SkylarkError | undefined): void {
    if (this.#state.kind !== "ready" || this.#state.connection !== connection) return;
    if (this.#resources.clock.now() - this.#state.since >= settledAfterMs) this.#backoff.reset();
    this.#failed(cause ?? lostError(`${this.address} closed the connection`));
  }

  #failed(why: SkylarkError): void {
    if (this.#state.kind === "closed") return;
    const retry = this.#resources.clock.after(this.#backoff.next(), () => {
      this.#state = { kind: "idle" };
      this.connect();
    });
    this.#state = { kind: "failing", why, retry };
    this.#resources.log("debug", `cannot reach ${this.address}`, { instance: this.id, why: why.message });
    this.#changed();
  }
}
