import { SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import type { Metadata } from "../call-context.js";
import { CreditedStream } from "../connection/credited-stream.js";
import type { KeepAliveOptions } from "../connection/keep-alive.js";
import { Link, type LinkEnd } from "../connection/link.js";
import type { ConnectionResources } from "../connection/resources.js";
import { lostError } from "../transport/lost-error.js";
import type { Wire } from "../transport/transport.js";
import { decodeNext, decodeValue, type Encoded, encodeValue } from "../wire/codec.js";
import { encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds, wireLimits } from "../wire/frame.js";
import {
  type CallerIdentity,
  decodeHello,
  encodeTable,
  encodeWelcome,
  protocolVersion,
  type ServiceEntry,
} from "../wire/handshake.js";
import { protocolError } from "../wire/protocol-error.js";
import { requestFlags, requestHeadBytes } from "../wire/request.js";
import type { OfferedMethod } from "./offer.js";
import { ServerCall, type ServerCallOwner } from "./server-call.js";
import { isThenable } from "./stack.js";

/** What a connection needs of its server, which owns it. */
export interface ServerConnectionOwner {
  readonly instance: string;
  readonly services: readonly ServiceEntry[];
  method(id: number): OfferedMethod | undefined;
  /** Every call picked before these services began to drain has arrived by this connection. */
  drained(connection: ServerConnection, services: readonly string[]): void;
  closed(connection: ServerConnection): void;
}

export interface ServerConnectionOptions {
  readonly keepAlive: KeepAliveOptions;
  readonly messageBytesMax: number;
}

type ConnectionState =
  | { kind: "greeting" }
  | { kind: "ready"; caller: CallerIdentity; messageBytesMax: number }
  | { kind: "closed" };

const nobody: CallerIdentity = { name: "", proof: "none" };

/** The dialled end of a connection: the calls it serves, by stream id. */
export class ServerConnection implements LinkEnd, ServerCallOwner {
  readonly clock: Clock;
  readonly #link: Link;
  readonly #owner: ServerConnectionOwner;
  readonly #options: ServerConnectionOptions;
  readonly #resources: ConnectionResources;
  readonly #calls = new Map<number, { call: ServerCall; method: OfferedMethod }>();
  readonly #streams = new Map<number, { stream: CreditedStream; service: string }>();
  readonly #encoded: Encoded = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  #state: ConnectionState = { kind: "greeting" };

  constructor(
    wire: Wire,
    options: ServerConnectionOptions,
    resources: ConnectionResources,
    owner: ServerConnectionOwner,
  ) {
    this.#owner = owner;
    this.#options = options;
    this.#resources = resources;
    this.clock = resources.clock;
    this.#link = new Link(wire, this, resources, options);
  }

  get caller(): CallerIdentity {
    return this.#state.kind === "ready" ? this.#state.caller : nobody;
  }

  get peer(): string {
    return this.#link.peer;
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  /** The method table changed. */
  announce(services: readonly ServiceEntry[]): void {
    if (this.#state.kind === "ready") this.#link.bytes(frameKinds.table, 0, encodeTable(services));
  }

  /** Asks the other side to pick these services here no more; it answers behind its last call. */
  drain(payload: Buffer): void {
    this.#link.control(frameKinds.drain, 0, payload);
  }

  /** Ends what still runs of these services, and their streams: the caller may go elsewhere, knowing that it may have run. */
  abandon(services: ReadonlySet<string>, why: SkylarkError): number {
    let abandoned = 0;
    for (const { call } of [...this.#calls.values()]) {
      if (!services.has(call.service)) continue;
      call.abort(why);
      this.#fail(call, Failure.of(why));
      abandoned++;
    }
    this.endStreams(services, why);
    return abandoned;
  }

  endStreams(services: ReadonlySet<string>, why: SkylarkError): void {
    for (const { stream, service } of [...this.#streams.values()]) if (services.has(service)) stream.reset(why);
  }

  close(why: Failure): void {
    this.#link.end(encodeFailure(why));
  }

  received(kind: number, stream: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind === "greeting") this.#greet(kind, bytes, start, end);
    else if (kind === frameKinds.request) this.#serve(stream, bytes, start, end);
    else if (kind === frameKinds.cancel) this.#cancel(stream);
    else if (isStreamFrame(kind)) this.#streams.get(stream)?.stream.received(kind, bytes, start, end);
    else if (kind === frameKinds.drained) this.#drained(decodeValue(bytes, start, end));
    else if (kind === frameKinds.goodbye) this.#link.destroy(undefined);
    else throw protocolError(`frame kind ${kind} does not belong to this side of a connection`);
  }

  lost(cause: SkylarkError | undefined): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "closed" };
    if (cause?.reason === "PROTOCOL") this.#resources.log("warn", `${this.peer}: ${cause.message}`);
    const why = lostError(`the connection to ${this.peer} is gone`, cause);
    for (const { call } of [...this.#calls.values()]) {
      call.abort(why);
      this.#finish(call);
    }
    for (const { stream } of [...this.#streams.values()]) stream.lost(why);
    this.#owner.closed(this);
  }

  timedOut(call: ServerCall): void {
    if (call.aborted) this.#fail(call, Failure.of(call.aborted));
  }

  #greet(kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind !== frameKinds.hello) throw protocolError(`the peer began with frame kind ${kind} instead of a hello`);
    const { version, identity, instance, messageBytesMax } = decodeHello(bytes, start, end);
    const own = this.#owner.instance;
    if (version !== protocolVersion) {
      this.close(
        new Failure("failed_precondition", `this side speaks version ${protocolVersion}, the caller ${version}`, {
          reason: "PROTOCOL",
        }),
      );
    } else if (instance !== undefined && instance !== own) {
      const message = `instance ${instance} was dialled, but ${own} answers here: the address was used again`;
      this.close(
        new Failure("unavailable", message, {
          reason: "WRONG_INSTANCE",
          details: { answered: own },
          notExecuted: true,
        }),
      );
    } else {
      this.#state = { kind: "ready", caller: identity, messageBytesMax };
      const { services } = this.#owner;
      const welcome = {
        version: protocolVersion,
        instance: own,
        services,
        messageBytesMax: this.#options.messageBytesMax,
      };
      this.#link.bytes(frameKinds.welcome, 0, encodeWelcome(welcome));
    }
  }

  #serve(stream: number, bytes: Buffer, start: number, end: number): void {
    if (end - start < requestHeadBytes) throw protocolError("a request is shorter than its head");
    const method = this.#owner.method(bytes.readUInt16BE(start));
    if (this.#calls.has(stream) || this.#streams.has(stream)) throw protocolError(`stream ${stream} is in use`);
    if (!method) return this.#refuse(stream, unknownMethod());
    if (!method.offer.begin()) return this.#refuse(stream, leaving(method));
    if (method.method.shape === "stream") return this.#open(stream, method);
    if (this.#calls.size >= wireLimits.callsMax) {
      method.offer.ended();
      return this.#refuse(stream, tooMany());
    }
    const call = this.#begin(stream, method, bytes, start);
    let args: unknown;
    try {
      args = this.#readArguments(call, bytes, start, end);
    } catch (thrown) {
      return this.#fail(call, Failure.of(thrown)); // the values are bad, the frames are not: the connection lives
    }
    this.#run(call, method, args as unknown[]);
  }

  #begin(stream: number, method: OfferedMethod, bytes: Buffer, start: number): ServerCall {
    const remainingMs = bytes.readUInt32BE(start + 4);
    const deadlineAt = remainingMs === 0 ? Number.POSITIVE_INFINITY : this.clock.now() + remainingMs;
    const fromRetry = ((bytes[start + 3] as number) & requestFlags.descendsFromRetry) !== 0;
    const { name } = method.offer.service;
    const call = new ServerCall(
      this,
      stream,
      name,
      method.entry.name,
      bytes[start + 2] as number,
      fromRetry,
      deadlineAt,
    );
    this.#calls.set(stream, { call, method });
    if (remainingMs !== 0) this.#resources.deadlines.add(call, deadlineAt);
    return call;
  }

  #readArguments(call: ServerCall, bytes: Buffer, start: number, end: number): unknown[] {
    let at = start + requestHeadBytes;
    if (((bytes[start + 3] as number) & requestFlags.metadata) !== 0) {
      call.metadata = decodeNext(bytes, at, end, ended) as Metadata;
      at = ended.at;
    }
    const args = decodeValue(bytes, at, end);
    if (Array.isArray(args)) return args;
    throw protocolError("the arguments of a call are not a list");
  }

  #run(call: ServerCall, method: OfferedMethod, args: unknown[]): void {
    let result: unknown;
    try {
      result = method.serve?.(call, args);
    } catch (thrown) {
      return this.#fail(call, failureOf(call, thrown));
    }
    if (!isThenable(result)) return this.#answer(call, result);
    result.then(
      (value) => this.#answer(call, value),
      (thrown: unknown) => this.#fail(call, failureOf(call, thrown)),
    );
  }

  #answer(call: ServerCall, value: unknown): void {
    if (call.answered || this.#state.kind !== "ready") return;
    try {
      encodeValue(value, this.#encoded);
      const size = this.#encoded.end - this.#encoded.start;
      if (size > this.#state.messageBytesMax) throw resultTooLarge(call, size, this.#state.messageBytesMax);
      this.#link.message(frameKinds.response, call.stream, undefined, this.#encoded);
    } catch (thrown) {
      return this.#fail(call, failureOf(call, thrown));
    }
    this.#finish(call);
  }

  #fail(call: ServerCall, failure: Failure): void {
    if (call.answered) return;
    this.#finish(call);
    this.#refuse(call.stream, failure);
  }

  #refuse(stream: number, failure: Failure): void {
    this.#link.bytes(frameKinds.failure, stream, encodeFailure(failure));
  }

  /** It is over for the caller: off the wheel, off the books. The handler may still run; nobody listens. */
  #finish(call: ServerCall): void {
    if (call.answered) return;
    call.answered = true;
    this.#resources.deadlines.remove(call);
    this.#calls.get(call.stream)?.method.offer.ended();
    this.#calls.delete(call.stream);
  }

  #open(id: number, method: OfferedMethod): void {
    if (method.method.shape !== "stream") return;
    const stream = new CreditedStream(this.#link, id, () => {
      this.#streams.delete(id);
      method.offer.ended();
    });
    this.#streams.set(id, { stream, service: method.offer.service.name });
    method.method.open(stream, this.caller);
  }

  #cancel(stream: number): void {
    this.#link.forget(stream);
    const served = this.#calls.get(stream);
    if (!served) return;
    served.call.abort(new SkylarkError("cancelled", `${served.call.method}: the caller gave up`));
    this.#finish(served.call);
  }

  #drained(services: unknown): void {
    if (Array.isArray(services)) this.#owner.drained(this, services.map(String));
  }
}

const ended = { at: 0 };

function isStreamFrame(kind: number): boolean {
  return (
    kind === frameKinds.message || kind === frameKinds.credit || kind === frameKinds.end || kind === frameKinds.failure
  );
}

/** Only what was refused before the handler began may promise that nothing ran, whatever the error says of calls below. */
function failureOf(call: ServerCall, thrown: unknown): Failure {
  const { code, message, options } = Failure.of(thrown);
  return new Failure(code, message, { ...options, notExecuted: options.notExecuted === true && !call.started });
}

function unknownMethod(): Failure {
  return new Failure("unimplemented", "no such method is offered here", { notExecuted: true });
}

function leaving(method: OfferedMethod): Failure {
  const { name } = method.offer.service;
  return new Failure("unavailable", `this instance of "${name}" is leaving`, { reason: "DRAINING", notExecuted: true });
}

function tooMany(): Failure {
  return new Failure("resource_exhausted", `more than ${wireLimits.callsMax} calls are in flight on one connection`, {
    notExecuted: true,
  });
}

function resultTooLarge(call: ServerCall, bytes: number, most: number): SkylarkError {
  return new SkylarkError(
    "resource_exhausted",
    `the result of ${call.service}.${call.method} weighs ${bytes} bytes; the caller takes ${most} (messageBytesMax)`,
    { reason: "MESSAGE_TOO_LARGE" },
  );
}
