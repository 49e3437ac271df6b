import { type ErrorCode, SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import type { CallerIdentity } from "../wire/handshake.js";
import { arrivedCall, readArguments } from "./arrived-request.js";
import type { OfferedMethod } from "./offer.js";
import { refusals } from "./refusals.js";
import type { ServedCallsParts } from "./served-calls.js";
import { ServedStream } from "./served-stream.js";
import type { ServerCall, ServerCallOwner } from "./server-call.js";
import type { Open } from "./stack.js";

/** The server streams that one connection serves, by stream id. Owned by the connection. */
export class ServedStreams implements ServerCallOwner {
  readonly #parts: ServedCallsParts;
  readonly #streams = new Map<number, ServedStream>();

  constructor(parts: ServedCallsParts) {
    this.#parts = parts;
  }

  get clock(): Clock {
    return this.#parts.resources.clock;
  }

  get caller(): CallerIdentity {
    return this.#parts.caller;
  }

  get peer(): string {
    return this.#parts.link.peer;
  }

  get size(): number {
    return this.#streams.size;
  }

  has(stream: number): boolean {
    return this.#streams.has(stream);
  }

  /** Serves a stream that its offer has let begin. */
  serve(stream: number, method: OfferedMethod, open: Open, bytes: Buffer, start: number, end: number): void {
    const { link, resources, messageBytesMax } = this.#parts;
    const call = arrivedCall(this, method, stream, bytes, start);
    const released = (how: "answered" | "dropped", code: ErrorCode | undefined): void => {
      call.end(code);
      this.#streams.delete(stream);
      resources.deadlines.remove(call);
      if (how === "answered") method.offer.ended();
      else method.offer.dropped();
    };
    const served = new ServedStream({ call, link, log: resources.log, messageBytesMax, released });
    this.#streams.set(stream, served);
    if (call.deadlineAt !== Number.POSITIVE_INFINITY) resources.deadlines.add(call, call.deadlineAt);
    let args: unknown[];
    try {
      args = readArguments(call, bytes, start, end);
    } catch (thrown) {
      return served.refuse(refusals.unreadable(call, thrown)); // the values are bad, the frames are not
    }
    void served.run(open, args);
  }

  /** The caller has read, and gives credit for more. */
  grant(stream: number, bytes: Buffer, start: number, end: number): void {
    this.#streams.get(stream)?.grant(bytes, start, end);
  }

  /** The caller gave up. */
  cancel(stream: number): void {
    this.#streams.get(stream)?.drop(new SkylarkError("cancelled", "the caller gave the stream up"));
  }

  /** Ends those of these services: their callers may go elsewhere. */
  end(services: ReadonlySet<string>, why: SkylarkError): void {
    for (const served of [...this.#streams.values()]) if (services.has(served.service)) served.abandon(why);
  }

  /** The connection is gone. */
  lost(why: SkylarkError): void {
    for (const served of [...this.#streams.values()]) served.drop(why);
  }

  timedOut({ stream, aborted }: ServerCall): void {
    if (aborted) this.#streams.get(stream)?.abandon(aborted);
  }
}
