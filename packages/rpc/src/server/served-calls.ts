import { type ErrorCode, SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import type { Link } from "../connection/link.js";
import type { ConnectionResources } from "../connection/resources.js";
import { StreamTable } from "../connection/stream-table.js";
import type { Encoded } from "../wire/codec.js";
import { encodeFailure, Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import type { CallerIdentity } from "../wire/handshake.js";
import { arrivedCall, readArguments } from "./arrived-request.js";
import type { OfferedMethod } from "./offer.js";
import { refusals } from "./refusals.js";
import type { ServerCall, ServerCallOwner } from "./server-call.js";
import { isThenable, type Serve } from "./stack.js";
import { failureOf, thrownBy } from "./thrown.js";

/** What the calls and streams of one connection have in common. */
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
    const call = arrivedCall(this, method, stream, bytes, start);
    this.#calls.set(stream, call);
    if (call.deadlineAt !== Number.POSITIVE_INFINITY) this.#resources.deadlines.add(call, call.deadlineAt);
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
    const why = new SkylarkError("cancelled", `${call.method}: the caller gave up`);
    this.#drop(call, why.code);
    call.abort(why);
  }

  /** Ends what still runs of these services: the caller may go elsewhere, knowing that it may have run. */
  abandon(services: ReadonlySet<string>, why: SkylarkError): number {
    const abandoned = this.#calls.values().filter((call) => services.has(call.service));
    for (const call of abandoned) {
      if (call.answered) continue; // the end of another was the end of this one
      this.#drop(call, why.code);
      this.#send(call.stream, Failure.of(why));
      call.abort(why);
    }
    return abandoned.length;
  }

  /** The connection is gone, and with it those who called. */
  lost(why: SkylarkError): void {
    for (const call of this.#calls.values()) {
      if (call.answered) continue;
      this.#drop(call, "cancelled");
      call.abort(why);
    }
  }

  timedOut(call: ServerCall): void {
    if (call.aborted) this.#fail(call, Failure.of(call.aborted));
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
    this.#finish(call, undefined);
  }

  #threw(call: ServerCall, thrown: unknown): void {
    this.#fail(call, failureOf(call, thrownBy(call, thrown, this.#resources.log)));
  }

  #fail(call: ServerCall, failure: Failure): void {
    if (call.answered) return;
    this.#finish(call, failure.code);
    this.#send(call.stream, failure);
  }

  #send(stream: number, failure: Failure): void {
    this.#link.bytes(frameKinds.failure, stream, encodeFailure(failure));
  }

  /** It is answered: off the wheel, off the books. The handler may still run; nobody listens. */
  #finish(call: ServerCall, code: ErrorCode | undefined): void {
    if (call.answered) return;
    this.#leave(call, code);
    call.offered.offer.ended();
  }

  #drop(call: ServerCall, code: ErrorCode): void {
    this.#leave(call, code);
    call.offered.offer.dropped();
  }

  #leave(call: ServerCall, code: ErrorCode | undefined): void {
    call.end(code);
    this.#resources.deadlines.remove(call);
    this.#calls.delete(call.stream);
  }
}
