import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import type { KeepAliveOptions } from "../connection/keep-alive.js";
import { Link, type LinkEnd } from "../connection/link.js";
import type { MessageStream } from "../connection/message-stream.js";
import type { ConnectionResources } from "../connection/resources.js";
import { StreamTable } from "../connection/stream-table.js";
import { lostError } from "../transport/lost-error.js";
import type { Wire } from "../transport/transport.js";
import { decodeFailure, encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import {
  type CallerIdentity,
  decodeNames,
  decodeTable,
  decodeWelcome,
  encodeHello,
  type MethodShape,
  protocolVersion,
  type ServiceEntry,
} from "../wire/handshake.js";
import { protocolError } from "../wire/protocol-error.js";
import type { ClientCall, EventualOutcome, Outcome } from "./client-call.js";
import { ClientStreams } from "./client-streams.js";
import { sendRequest } from "./outgoing-request.js";
import { PendingCall } from "./pending-call.js";
import { readResult } from "./read-result.js";
import { ServiceTable } from "./service-table.js";
import type { StreamCall } from "./stream-call.js";
import { wrongShape } from "./wrong-shape.js";

export interface ClientConnectionOptions {
  readonly identity: CallerIdentity;
  /** The instance that is meant; another that answers is refused. Undefined: whoever answers. */
  readonly instance: string | undefined;
  readonly keepAlive: KeepAliveOptions;
  readonly messageBytesMax: number;
}

/** What the owner of a connection is told. */
export interface ClientConnectionOwner {
  /** These services are leaving this instance: pick it for no new call. */
  draining(services: readonly string[]): void;
  /** What the instance offers has changed. */
  offersChanged?(): void;
  /** Once. */
  closed(cause: SkylarkError | undefined): void;
}

type ConnectionState =
  | { kind: "greeting"; welcomed: Deferred<void> }
  | { kind: "ready"; instance: string; messageBytesMax: number; table: ServiceTable }
  | { kind: "closed"; cause: SkylarkError | undefined };

/** The dialling end of a connection: calls in flight by stream id. Owned by its subchannel. */
export class ClientConnection implements LinkEnd {
  readonly #link: Link;
  readonly #resources: ConnectionResources;
  readonly #owner: ClientConnectionOwner;
  readonly #calls: StreamTable<PendingCall>;
  readonly #streams: ClientStreams;
  #state: ConnectionState = { kind: "greeting", welcomed: deferred() };
  #lastStream = 0;

  constructor(
    wire: Wire,
    options: ClientConnectionOptions,
    resources: ConnectionResources,
    owner: ClientConnectionOwner,
  ) {
    this.#resources = resources;
    this.#owner = owner;
    this.#calls = new StreamTable(resources.random);
    this.#link = new Link(wire, this, resources, options);
    this.#streams = new ClientStreams(this.#link, resources);
    const { identity, instance, messageBytesMax } = options;
    this.#link.bytes(
      frameKinds.hello,
      0,
      encodeHello({ version: protocolVersion, identity, instance, messageBytesMax }),
    );
  }

  /** Settles when the other side has said who it is. */
  async welcomed(): Promise<void> {
    if (this.#state.kind === "greeting") await this.#state.welcomed.promise;
    this.throwIfClosed();
  }

  /** What is said before the owner gets to know the connection may be its end already. */
  throwIfClosed(): void {
    if (this.#state.kind === "closed") throw this.#state.cause ?? lostError(`${this.#link.peer} hung up`);
  }

  /** Calls and streams. */
  get inFlight(): number {
    return this.#calls.size + this.#streams.size;
  }

  /** Whether the other side is heard, and how to ask for it. */
  get lifeSigns(): Pick<Link, "silentMs" | "ask"> {
    return this.#link;
  }

  /** The services that the other side offers now. */
  get services(): ServiceEntry[] {
    return this.#state.kind === "ready" ? this.#state.table.services : [];
  }

  offers(service: string): boolean {
    return this.#state.kind === "ready" && this.#state.table.offers(service);
  }

  /** Undefined where it is not offered, or nothing is known yet. */
  shapeOf(service: string, method: string): MethodShape | undefined {
    return this.#state.kind === "ready" ? this.#state.table.find(service, method)?.shape : undefined;
  }

  /** Whether the other side asked to pick it for no new call of this service. */
  isLeaving(service: string): boolean {
    return this.#state.kind === "ready" && this.#state.table.isLeaving(service);
  }

  /** Makes one attempt. Everything that can go wrong is an outcome. */
  attempt(call: ClientCall): EventualOutcome {
    const stream = this.#request(call, "unary", call.deadlineAt);
    if (typeof stream !== "number") return stream;
    return new Promise((resolve) => this.#await(stream, call, resolve));
  }

  /** Makes one attempt that ends when it has left (RPC-CALL-10). */
  attemptOneWay(call: ClientCall): EventualOutcome {
    const stream = this.#request(call, "unary", call.deadlineAt);
    if (typeof stream !== "number") return stream;
    return new Promise((resolve) => {
      const pending = this.#await(stream, call, resolve);
      void this.#link.handedOn(stream).then(() => {
        if (this.#calls.get(stream) === pending) this.#settle(pending, undefined); // else it was given up, or lost
      });
    });
  }

  /** Makes one attempt to open a server stream: the outcome is an IncomingStream, or why there is none. */
  attemptStream(call: StreamCall): EventualOutcome {
    const id = this.#request(call, "server-stream", call.endsAt);
    if (typeof id !== "number") return id;
    return this.#streams.read(id, call);
  }

  /** Opens a stream. Throws `unimplemented` where there is no such method, `unavailable` where the connection is gone. */
  openStream(service: string, method: string): MessageStream {
    if (this.#state.kind !== "ready") throw lostError(`${this.#link.peer} hung up`);
    const entry = this.#state.table.find(service, method);
    if (entry?.shape !== "stream") {
      throw new SkylarkError("unimplemented", `${this.#link.peer} offers no stream ${service}.${method}`);
    }
    return this.#streams.open(this.#nextStream(), entry.id, this.#state.messageBytesMax);
  }

  /** Ends it in order. Calls in flight fail as if the connection was lost. */
  close(): void {
    this.#link.end(encodeFailure(new Failure("cancelled", "the client closes")));
    this.lost(undefined);
  }

  expects(kind: number, stream: number): boolean {
    if (this.#state.kind === "greeting") return kind === frameKinds.welcome || kind === frameKinds.goodbye;
    if (kind === frameKinds.message) return this.#streams.has(stream);
    if (kind === frameKinds.response || kind === frameKinds.failure)
      return this.#calls.has(stream) || this.#streams.has(stream);
    if (kind === frameKinds.table || kind === frameKinds.drain || kind === frameKinds.goodbye) return true;
    throw misplaced(kind);
  }

  received(kind: number, stream: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind === "greeting") this.#greeted(this.#state.welcomed, kind, bytes, start, end);
    else if (kind === frameKinds.response || kind === frameKinds.failure)
      this.#answered(kind, stream, bytes, start, end);
    else if (kind === frameKinds.message || kind === frameKinds.credit || kind === frameKinds.end) {
      this.#streams.received(kind, stream, bytes, start, end);
    } else if (kind === frameKinds.drain) this.#drain(bytes.subarray(start, end));
    else if (kind === frameKinds.table) this.#learn(decodeTable(bytes, start, end));
    else if (kind === frameKinds.goodbye) this.#link.destroy(decodeFailure(bytes, start, end).toError());
    else throw misplaced(kind);
  }

  lost(cause: SkylarkError | undefined): void {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed", cause };
    if (state.kind === "greeting") {
      state.welcomed.promise.catch(() => {}); // nobody may be waiting for the greeting
      state.welcomed.reject(cause ?? lostError(`${this.#link.peer} hung up before it said who it is`));
    }
    const why = cause?.message ?? `${this.#link.peer} closed the connection`;
    for (const pending of this.#calls.values()) {
      this.#resources.deadlines.remove(pending);
      pending.lost(why);
    }
    this.#calls.clear();
    this.#streams.lost(lostError(why, cause));
    this.#owner.closed(cause);
  }

  /** The caller of `pending` gave up, or its deadline passed. */
  abandoned(pending: PendingCall): void {
    this.#calls.delete(pending.stream);
    this.#resources.deadlines.remove(pending);
    this.#link.forget(pending.stream);
    this.#link.control(frameKinds.cancel, pending.stream);
  }

  /** Sends the request of one attempt. Answers with the stream that it went out on, or why it did not. */
  #request(call: ClientCall, shape: MethodShape, endsAt: number): number | Failure {
    call.sent = false;
    const state = this.#state;
    if (state.kind !== "ready") {
      return new Failure("unavailable", `${this.#link.peer} hung up`, { reason: "CONNECTION_LOST" });
    }
    const method = state.table.find(call.service, call.method);
    if (method?.shape !== shape) return wrongShape(call, this.#link.peer, method?.shape);
    call.idempotent = method.idempotent;
    const now = this.#resources.clock.now();
    if (call.deadlineAt <= now) return call.deadlineExceeded();
    const stream = this.#nextStream();
    try {
      sendRequest(this.#link, call, method.id, stream, endsAt - now, state.messageBytesMax);
    } catch (thrown) {
      const { code, message, options } = Failure.of(thrown);
      return new Failure(code, message, { ...options, notExecuted: true });
    }
    call.sent = true;
    return this.#link.isOpen ? stream : call.lost(`${this.#link.peer} does not read`);
  }

  #await(stream: number, call: ClientCall, resolve: (outcome: Outcome) => void): PendingCall {
    const pending = new PendingCall(this, stream, call, resolve);
    this.#calls.set(stream, pending);
    if (call.deadlineAt !== Number.POSITIVE_INFINITY) this.#resources.deadlines.add(pending, call.deadlineAt);
    call.underway = pending;
    return pending;
  }

  #answered(kind: number, stream: number, bytes: Buffer, start: number, end: number): void {
    const pending = this.#calls.get(stream);
    if (!pending) {
      this.#streams.received(kind, stream, bytes, start, end);
      return; // or the answer to a call that was given up
    }
    this.#settle(
      pending,
      kind === frameKinds.response ? readResult(bytes, start, end) : decodeFailure(bytes, start, end),
    );
  }

  #settle(pending: PendingCall, outcome: Outcome): void {
    this.#calls.delete(pending.stream);
    this.#resources.deadlines.remove(pending);
    pending.settle(outcome);
  }

  #greeted(welcomed: Deferred<void>, kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind === frameKinds.goodbye) {
      this.#link.destroy(decodeFailure(bytes, start, end).toError());
      return;
    }
    if (kind !== frameKinds.welcome) throw protocolError(`the peer began with frame kind ${kind} instead of a welcome`);
    const { version, instance, services, messageBytesMax } = decodeWelcome(bytes, start, end);
    if (version !== protocolVersion)
      throw protocolError(`the peer speaks version ${version}, this side ${protocolVersion}`);
    this.#state = { kind: "ready", instance, messageBytesMax, table: new ServiceTable(services) };
    welcomed.resolve();
  }

  #learn(services: readonly ServiceEntry[]): void {
    if (this.#state.kind !== "ready") return;
    this.#state = { ...this.#state, table: this.#state.table.replacedBy(services) };
    this.#owner.offersChanged?.();
  }

  /** Every call picked before is on its way already, so the order of frames makes this answer a proof (RPC-DRAIN-3). */
  #drain(payload: Buffer): void {
    if (this.#state.kind !== "ready") return;
    const services = decodeNames(payload, 0, payload.length);
    this.#state = { ...this.#state, table: this.#state.table.withLeaving(services) };
    this.#owner.draining(services);
    this.#link.behindAll(frameKinds.drained, Buffer.from(payload));
  }

  #nextStream(): number {
    do this.#lastStream = this.#lastStream === 0xffff_ffff ? 1 : this.#lastStream + 1;
    while (this.#calls.has(this.#lastStream) || this.#streams.has(this.#lastStream));
    return this.#lastStream;
  }
}

function misplaced(kind: number): SkylarkError {
  return protocolError(`frame kind ${kind} does not belong to this side of a connection`);
}
