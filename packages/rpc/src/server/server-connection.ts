import type { SkylarkError } from "@skylark/core";
import { CreditedStream } from "../connection/credited-stream.js";
import { Link, type LinkEnd, type LinkOptions } from "../connection/link.js";
import type { ConnectionResources } from "../connection/resources.js";
import { TimeLimit } from "../connection/time-limit.js";
import { lostError } from "../transport/lost-error.js";
import type { Wire } from "../transport/transport.js";
import { encodeApart } from "../wire/codec.js";
import { encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds, wireLimits } from "../wire/frame.js";
import {
  type CallerIdentity,
  decodeHello,
  decodeNames,
  encodeTable,
  encodeWelcome,
  type Hello,
  protocolVersion,
  type ServiceEntry,
} from "../wire/handshake.js";
import { protocolError } from "../wire/protocol-error.js";
import { requestFlags, requestHeadBytes } from "../wire/request.js";
import { hasFlag } from "./arrived-request.js";
import type { GuestCalls } from "./guest-calls.js";
import type { OfferedMethod } from "./offer.js";
import { OneWayCalls } from "./one-way-calls.js";
import { refusals } from "./refusals.js";
import { ServedCalls } from "./served-calls.js";
import { ServedStreams } from "./served-streams.js";

/** What a connection needs of its server, which owns it. */
export interface ServerConnectionOwner {
  readonly instance: string;
  readonly services: readonly ServiceEntry[];
  /** Names of services that are leaving. */
  readonly leaving: readonly string[];
  /** Serves what goes one way. */
  readonly guests: Pick<GuestCalls, "call">;
  method(id: number): OfferedMethod | undefined;
  /** Every call picked before these services began to drain has arrived by this connection. */
  drained(connection: ServerConnection, services: readonly string[]): void;
  closed(connection: ServerConnection): void;
}

type ConnectionState = { kind: "greeting"; limit: TimeLimit } | ReadyState | { kind: "closed" };

interface ReadyState {
  readonly kind: "ready";
  readonly caller: CallerIdentity;
  readonly messageBytesMax: number;
  readonly calls: ServedCalls;
  readonly served: ServedStreams;
  readonly oneWay: OneWayCalls;
}

/** The dialled end of a connection: its handshake, its calls and streams. */
export class ServerConnection implements LinkEnd {
  readonly #link: Link;
  readonly #owner: ServerConnectionOwner;
  readonly #options: LinkOptions;
  readonly #resources: ConnectionResources;
  /** Those in both directions. */
  readonly #streams = new Map<number, { stream: CreditedStream; service: string }>();
  #state: ConnectionState;

  constructor(wire: Wire, options: LinkOptions, resources: ConnectionResources, owner: ServerConnectionOwner) {
    this.#owner = owner;
    this.#options = options;
    this.#resources = resources;
    this.#link = new Link(wire, this, resources, options);
    const limit = new TimeLimit(() => this.#link.destroy(noHandshake()));
    this.#state = { kind: "greeting", limit };
    resources.liveness.add(limit, resources.clock.now() + wireLimits.handshakeTimeoutMs);
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  /** The method table changed. */
  announce(services: readonly ServiceEntry[]): void {
    if (this.#state.kind === "ready") this.#link.bytes(frameKinds.table, 0, encodeTable(services));
  }

  /** Asks the other side to pick these services here no more; it answers behind its last call. */
  drain(services: readonly string[]): void {
    if (this.#state.kind === "ready") this.#link.bytes(frameKinds.drain, 0, encodeApart(services));
  }

  /** Ends what still runs of these services, and their streams. Answers with the number of calls. */
  abandon(services: ReadonlySet<string>, why: SkylarkError): number {
    const abandoned = this.#state.kind === "ready" ? this.#state.calls.abandon(services, why) : 0;
    this.endStreams(services, why);
    return abandoned;
  }

  endStreams(services: ReadonlySet<string>, why: SkylarkError): void {
    for (const { stream, service } of [...this.#streams.values()]) if (services.has(service)) stream.abort(why);
    if (this.#state.kind === "ready") this.#state.served.end(services, why);
  }

  close(why: Failure): void {
    this.#link.end(encodeFailure(why));
  }

  expects(kind: number, stream: number): boolean {
    if (this.#state.kind === "greeting") {
      if (kind === frameKinds.hello) return true;
      throw notGreeted(kind);
    }
    if (kind === frameKinds.message || kind === frameKinds.failure) return this.#streams.has(stream);
    if (kind === frameKinds.request || kind === frameKinds.drained || kind === frameKinds.goodbye) return true;
    throw misplaced(kind);
  }

  received(kind: number, stream: number, bytes: Buffer, start: number, end: number): void {
    const state = this.#state;
    if (state.kind === "greeting") this.#greet(state.limit, kind, bytes, start, end);
    else if (state.kind === "closed") return;
    else if (kind === frameKinds.request) this.#serve(state, stream, bytes, start, end);
    else if (kind === frameKinds.cancel) this.#cancel(state, stream, bytes, start, end);
    else if (kind === frameKinds.credit && state.served.has(stream)) state.served.grant(stream, bytes, start, end);
    else if (isStreamFrame(kind)) this.#streams.get(stream)?.stream.received(kind, bytes, start, end);
    else if (kind === frameKinds.drained) this.#owner.drained(this, decodeNames(bytes, start, end));
    else if (kind === frameKinds.goodbye) this.#link.destroy(undefined);
    else throw misplaced(kind);
  }

  lost(cause: SkylarkError | undefined): void {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    const { peer } = this.#link;
    if (cause && cause.reason !== "CONNECTION_LOST") this.#resources.log("warn", `${peer}: ${cause.message}`);
    const why = lostError(`the connection to ${peer} is gone`, cause);
    if (state.kind === "greeting") this.#resources.liveness.remove(state.limit);
    else {
      state.calls.lost(why);
      state.served.lost(why);
    }
    for (const { stream } of [...this.#streams.values()]) stream.lost(why);
    this.#owner.closed(this);
  }

  #greet(limit: TimeLimit, kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind !== frameKinds.hello) throw notGreeted(kind);
    const hello = decodeHello(bytes, start, end);
    const refusal = refusalOf(hello, this.#owner.instance);
    if (refusal) return this.close(refusal);
    const { identity: caller, messageBytesMax } = hello;
    this.#resources.liveness.remove(limit);
    const parts = { link: this.#link, resources: this.#resources, caller, messageBytesMax };
    const [calls, served] = [new ServedCalls(parts), new ServedStreams(parts)];
    const { instance, services, leaving, guests } = this.#owner;
    const oneWay = new OneWayCalls({ guests, caller, peer: this.#link.peer, log: this.#resources.log });
    this.#state = { kind: "ready", caller, messageBytesMax, calls, served, oneWay };
    const welcome = { version: protocolVersion, instance, services, messageBytesMax: this.#options.messageBytesMax };
    this.#link.bytes(frameKinds.welcome, 0, encodeWelcome(welcome));
    if (leaving.length > 0) this.drain(leaving);
  }

  #serve({ calls, served, oneWay }: ReadyState, stream: number, bytes: Buffer, start: number, end: number): void {
    if (end - start < requestHeadBytes) throw protocolError("a request is shorter than its head");
    if (stream === 0) throw protocolError("a request came on stream 0, which belongs to the connection");
    if (calls.has(stream) || served.has(stream) || this.#streams.has(stream)) {
      throw protocolError(`stream ${stream} is in use`);
    }
    const isOneWay = hasFlag(bytes, start, requestFlags.oneWay);
    const refuse = (why: Failure): void => (isOneWay ? oneWay.refuse(why) : this.#refuse(stream, why));
    const method = this.#owner.method(bytes.readUInt16BE(start));
    if (!method) return refuse(refusals.unknownMethod());
    const inFlight = calls.size + served.size + oneWay.size + this.#streams.size;
    if (inFlight >= wireLimits.callsMax) return refuse(refusals.tooMany());
    if (isOneWay) return oneWay.serve(method, bytes, start, end);
    if (!method.offer.begin()) return this.#refuse(stream, refusals.leaving(method));
    if (method.serve) calls.serve(stream, method, method.serve, bytes, start, end);
    else if (method.open) served.serve(stream, method, method.open, bytes, start, end);
    else this.#open(stream, method);
  }

  #refuse(stream: number, failure: Failure): void {
    this.#link.bytes(frameKinds.failure, stream, encodeFailure(failure));
  }

  #open(id: number, { method, offer }: OfferedMethod): void {
    if (method.shape !== "stream" || this.#state.kind !== "ready") return;
    const { caller, messageBytesMax } = this.#state;
    const released = (): void => {
      this.#streams.delete(id);
      offer.dropped();
    };
    const stream = new CreditedStream({ id, link: this.#link, messageBytesMax, released });
    this.#streams.set(id, { stream, service: offer.service.name });
    try {
      method.open(stream, caller);
    } catch (thrown) {
      this.#link.report(`opening a stream of "${offer.service.name}"`, thrown);
      stream.reset(Failure.of(thrown).toError());
    }
  }

  #cancel({ calls, served }: ReadyState, stream: number, bytes: Buffer, start: number, end: number): void {
    this.#link.forget(stream);
    calls.cancel(stream);
    served.cancel(stream);
    this.#streams.get(stream)?.stream.received(frameKinds.cancel, bytes, start, end);
  }
}

function isStreamFrame(kind: number): boolean {
  return (
    kind === frameKinds.message || kind === frameKinds.credit || kind === frameKinds.end || kind === frameKinds.failure
  );
}

/** Why this caller is sent away; undefined where it is welcome. */
function refusalOf({ version, instance }: Hello, own: string): Failure | undefined {
  if (version !== protocolVersion) {
    const message = `this side speaks version ${protocolVersion} of the protocol, the caller ${version}`;
    return new Failure("failed_precondition", message, { reason: "PROTOCOL", notExecuted: true });
  }
  if (instance === undefined || instance === own) return undefined;
  const message = `instance ${instance} was dialled, but ${own} answers here: the address was used again`;
  return new Failure("unavailable", message, {
    reason: "WRONG_INSTANCE",
    details: { answered: own },
    notExecuted: true,
  });
}

function noHandshake(): SkylarkError {
  return protocolError(`the peer did not finish its handshake within ${wireLimits.handshakeTimeoutMs} ms`);
}

function notGreeted(kind: number): SkylarkError {
  return protocolError(`the peer began with frame kind ${kind} instead of a hello`);
}

function misplaced(kind: number): SkylarkError {
  return protocolError(`frame kind ${kind} does not belong to this side of a connection`);
}
