import { SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import type { Metadata } from "../call-context.js";
import type { Link } from "../connection/link.js";
import type { ConnectionResources } from "../connection/resources.js";
import { StreamTable } from "../connection/stream-table.js";
import { decodeNext, decodeValue, type Encoded } from "../wire/codec.js";
import { encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import type { CallerIdentity } from "../wire/handshake.js";
import { protocolError } from "../wire/protocol-error.js";
import { requestFlags, requestHeadBytes } from "../wire/request.js";
import type { OfferedMethod } from "./offer.js";
import { refusals } from "./refusals.js";
import { ServerCall, type ServerCallOwner } from "./server-call.js";
import { isThenable, type Serve } from "./stack.js";

/** What the calls of one connection have in common. */
export interface ServedCallsParts {
  readonly link: Link;
  readonly resources: ConnectionResources;
  readonly caller: CallerIdentity;
  /** The longest result that the caller takes. */
  readonly messageBytesMax: number;
}

/** The unary calls that one connection serves, by stream id: from the arguments to the answer. Owned by the connection. */
export class ServedCalls implements ServerCallOwner {
  readonly clock: Clock;
  readonly caller: CallerIdentity;
  readonly #link: Link;
  readonly #resources: ConnectionResources;
  readonly #messageBytesMax: number;
  readonly #calls: StreamTable<ServerCall>;

  constructor({ link, resources, caller, messageBytesMax }: ServedCallsParts) {
    this.clock = resources.clock;
    this.caller = caller;
    this.#link = link;
    this.#resources = resources;
    this.#messageBytesMax = messageBytesMax;
    this.#calls = new StreamTable(resources.random);
  }

  get peer(): string {
    return this.#link.peer;
  }

  get size(): number {
    return this.#calls.size;
  }

  has(stream: number): boolean {
    return this.#calls.has(stream);
  }

  /** Serves a call that its offer has let begin. */
  serve(stream: number, method: OfferedMethod, serve: Serve, bytes: Buffer, start: number, end: number): void {
    const call = this.#begin(stream, method, bytes, start);
    let args: unknown[];
    try {
      args = readArguments(call, bytes, start, end);
    } catch (thrown) {
      return this.#fail(call, refusals.unreadable(call, thrown)); // the values are bad, the frames are not
    }
    this.#run(call, serve, args);
  }

  /** The caller gave up. */
  cancel(stream: number): void {
    const call = this.#calls.get(stream);
    if (!call) return;
    this.#drop(call);
    call.abort(new SkylarkError("cancelled", `${call.method}: the caller gave up`));
  }

  /** Ends what still runs of these services: the caller may go elsewhere, knowing that it may have run. */
  abandon(services: ReadonlySet<string>, why: SkylarkError): number {
    const abandoned = this.#calls.values().filter((call) => services.has(call.service));
    for (const call of abandoned) {
      if (call.answered) continue; // the end of another was the end of this one
      this.#drop(call);
      this.#send(call.stream, Failure.of(why));
      call.abort(why);
    }
    return abandoned.length;
  }

  /** The connection is gone. */
  lost(why: SkylarkError): void {
    for (const call of this.#calls.values()) {
      if (call.answered) continue;
      this.#drop(call);
      call.abort(why);
    }
  }

  timedOut(call: ServerCall): void {
    if (call.aborted) this.#fail(call, Failure.of(call.aborted));
  }

  #begin(stream: number, method: OfferedMethod, bytes: Buffer, start: number): ServerCall {
    const remainingMs = bytes.readUInt32BE(start + 4);
    const deadlineAt = remainingMs === 0 ? Number.POSITIVE_INFINITY : this.clock.now() + remainingMs;
    const fromRetry = ((bytes[start + 3] as number) & requestFlags.descendsFromRetry) !== 0;
    const attempt = bytes[start + 2] as number;
    const call = new ServerCall(this, method, stream, attempt, fromRetry, deadlineAt);
    this.#calls.set(stream, call);
    if (remainingMs !== 0) this.#resources.deadlines.add(call, deadlineAt);
    return call;
  }

  #run(call: ServerCall, serve: Serve, args: unknown[]): void {
    try {
      const result = serve(call, args);
      if (!isThenable(result)) return this.#answer(call, result);
      result.then(
        (value) => this.#answer(call, value),
        (thrown: unknown) => this.#threw(call, thrown),
      );
    } catch (thrown) {
      this.#threw(call, thrown);
    }
  }

  #answer(call: ServerCall, value: unknown): void {
    if (call.answered) return;
    let encoded: Encoded;
    try {
      encoded = this.#link.encode(value, "result", 0);
    } catch (thrown) {
      return this.#fail(call, refusals.unsendable(call, thrown));
    }
    const size = encoded.end - encoded.start;
    if (size > this.#messageBytesMax) {
      return this.#fail(call, refusals.resultTooLarge(call, size, this.#messageBytesMax));
    }
    try {
      this.#link.message(frameKinds.response, call.stream, undefined, encoded);
    } catch (thrown) {
      return this.#fail(call, failureOf(call, thrown));
    }
    this.#finish(call);
  }

  #threw(call: ServerCall, thrown: unknown): void {
    const error = SkylarkError.from(thrown);
    if (error !== thrown) {
      this.#resources.log("debug", `${call.service}.${call.method} threw`, { error: stackOf(error) });
    }
    this.#fail(call, failureOf(call, error));
  }

  #fail(call: ServerCall, failure: Failure): void {
    if (call.answered) return;
    this.#finish(call);
    this.#send(call.stream, failure);
  }

  #send(stream: number, failure: Failure): void {
    this.#link.bytes(frameKinds.failure, stream, encodeFailure(failure));
  }

  /** It is answered: off the wheel, off the books. The handler may still run; nobody listens. */
  #finish(call: ServerCall): void {
    if (call.answered) return;
    this.#leave(call);
    call.offered.offer.ended();
  }

  #drop(call: ServerCall): void {
    this.#leave(call);
    call.offered.offer.dropped();
  }

  #leave(call: ServerCall): void {
    call.answered = true;
    this.#resources.deadlines.remove(call);
    this.#calls.delete(call.stream);
  }
}

const ended = { at: 0 };

function readArguments(call: ServerCall, bytes: Buffer, start: number, end: number): unknown[] {
  let at = start + requestHeadBytes;
  if (((bytes[start + 3] as number) & requestFlags.metadata) !== 0) {
    call.metadata = metadataOf(decodeNext(bytes, at, end, ended));
    at = ended.at;
  }
  const args = decodeValue(bytes, at, end);
  if (Array.isArray(args)) return args;
  throw protocolError("the arguments of a call are not a list");
}

function metadataOf(value: unknown): Metadata {
  const isMap = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (isMap && Object.values(value).every((each) => typeof each === "string")) return value as Metadata;
  throw protocolError("the metadata of a call is not a map from strings to strings");
}

/** Only what was refused before the handler began may promise that nothing ran, whatever the error says of calls below. */
function failureOf(call: ServerCall, thrown: unknown): Failure {
  const { code, message, options } = Failure.of(thrown);
  return new Failure(code, message, { ...options, notExecuted: options.notExecuted === true && !call.started });
}

/** The cause stays here, where it can be mended: this is its last trace. */
function stackOf({ cause, message }: SkylarkError): string {
  try {
    return cause instanceof Error ? (cause.stack ?? message) : message;
  } catch {
    return message; // not even looking at it works
  }
}
