import { SkylarkError } from "@skylark/core";
import { type Clock, TimerWheel } from "@skylark/core/internal";
import type { Connection } from "../connection/connection.js";
import type { PendingRequest } from "./pending-request.js";

export interface RequestLimits {
  /** Requests that wait for a connection or for an answer, together. */
  readonly requestsMax: number;
  readonly requestTimeoutMs: number;
}

/** Of all requests under way: with packets of a megabyte, the count alone would be no bound. */
const requestsBytesMax = 64 * 1024 * 1024;

/** Servers read ahead no more than a thousand requests, of all their clients. */
const unansweredMax = 1000;

/** Requests on their way: bounded, sent in the order they were made, each with a deadline. */
export class RequestDesk {
  readonly #limits: RequestLimits;
  readonly #clock: Clock;
  readonly #wheel: TimerWheel;
  readonly #waiting = new Set<PendingRequest<unknown>>();
  #count = 0;
  #bytes = 0;

  constructor(limits: RequestLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#wheel = new TimerWheel(clock);
  }

  /** Fails `resource_exhausted` where one more request of this size would be too many. */
  refuseTooMany(what: string, bytes: number): void {
    const { requestsMax } = this.#limits;
    const problem =
      this.#count >= requestsMax
        ? `${requestsMax} requests are under way already`
        : this.#bytes + bytes > requestsBytesMax
          ? `requests under way hold ${this.#bytes} bytes already, at most ${requestsBytesMax}`
          : undefined;
    if (problem === undefined) return;
    throw new SkylarkError("resource_exhausted", `${what}: ${problem}; wait for some of them`, { notExecuted: true });
  }

  /** Takes a request, which `refuseTooMany` has let pass; `flush` sends it. */
  submit(request: PendingRequest<unknown>, timeoutMs: number, signal: AbortSignal | undefined): void {
    const abort = (): void => request.abort(signal?.reason);
    this.#count += 1;
    this.#bytes += request.packet.length;
    this.#waiting.add(request);
    this.#wheel.add(request, this.#clock.now() + timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    request.onEnd = () => {
      this.#count -= 1;
      this.#bytes -= request.packet.length;
      this.#waiting.delete(request);
      this.#wheel.remove(request);
      signal?.removeEventListener("abort", abort);
    };
    if (signal?.aborted === true) abort();
  }

  /** Sends what waits, as far as there is room. */
  flush(connection: Connection): void {
    for (const request of this.#waiting) {
      if (!connection.isWritable || connection.unanswered >= unansweredMax) return;
      this.#waiting.delete(request);
      connection.send(request);
    }
  }

  /** Fails what was never sent. */
  failWaiting(error: (what: string) => SkylarkError): void {
    for (const request of this.#waiting) request.fail(error(request.what));
  }
}
