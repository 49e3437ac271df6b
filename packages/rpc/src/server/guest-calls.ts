import { type ErrorCode, SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred } from "@skylark/core/internal";
import type { ConnectionResources } from "../connection/resources.js";
import type { CallerIdentity } from "../wire/handshake.js";
import type { DrainedConnection } from "./drain.js";
import type { GuestCall, GuestRequest, GuestStream } from "./guest-request.js";
import { RunningStream } from "./guest-stream.js";
import type { OfferedMethod } from "./offer.js";
import { refusals } from "./refusals.js";
import { ServerCall, type ServerCallOwner } from "./server-call.js";
import { isThenable, type Serve } from "./stack.js";
import { thrownBy } from "./thrown.js";

/**
 * Calls that no connection of ours waits for: they came by other doors, or go one way. They go the same way through the server's stack, and a drain
 * counts them, waits for them and refuses them like all others; only to be told in advance is not in their nature.
 */
export class GuestCalls implements DrainedConnection {
  readonly isReady = false;
  readonly #resources: ConnectionResources;
  readonly #running = new Set<RunningCall>();
  readonly #streams = new Set<RunningStream>();

  constructor(resources: ConnectionResources) {
    this.#resources = resources;
  }

  /**
   * Fails, before anything ran, `unavailable` with reason DRAINING where the service leaves, `unimplemented` with reason
   * WRONG_SHAPE where the method does not answer once.
   */
  call(method: OfferedMethod, request: GuestRequest): GuestCall {
    if (!method.serve) throw wrongShape(method, "answers more than once");
    if (!method.offer.begin()) throw refusals.leaving(method).toError();
    const call = new RunningCall(method, request, this.#resources, () => void this.#running.delete(call));
    this.#running.add(call);
    call.run(method.serve, request.args);
    return call;
  }

  /** Begins at its first `next`. Fails as `call` does; the shape is that of a server stream. */
  stream(method: OfferedMethod, request: GuestRequest): GuestStream {
    if (!method.open) throw wrongShape(method, "is no server stream");
    if (!method.offer.begin()) throw refusals.leaving(method).toError();
    const released = (): void => void this.#streams.delete(stream);
    const stream = new RunningStream(method, method.open, request, this.#resources, released);
    this.#streams.add(stream);
    return stream;
  }

  drain(): void {}

  endStreams(services: ReadonlySet<string>, why: SkylarkError): void {
    for (const stream of [...this.#streams]) if (services.has(stream.service)) stream.abandon(why);
  }

  abandon(services: ReadonlySet<string>, why: SkylarkError): number {
    const abandoned = [...this.#running].filter((call) => services.has(call.service));
    for (const call of abandoned) call.giveUp(why, why.code);
    return abandoned.length;
  }

  /** The server is gone. */
  lost(why: SkylarkError): void {
    for (const call of [...this.#running]) call.giveUp(why, why.code);
    for (const stream of [...this.#streams]) stream.abandon(why);
  }
}

/** One call, and who waits for it. */
class RunningCall implements GuestCall, ServerCallOwner {
  readonly clock: Clock;
  readonly caller: CallerIdentity;
  readonly peer: string;
  readonly #call: ServerCall;
  readonly #resources: ConnectionResources;
  readonly #released: () => void;
  readonly #outcome: Deferred<unknown> = deferred<unknown>();

  constructor(
    method: OfferedMethod,
    { caller, peer, timeoutMs, metadata, descendsFromRetry = false }: GuestRequest,
    resources: ConnectionResources,
    released: () => void,
  ) {
    this.clock = resources.clock;
    this.caller = caller;
    this.peer = peer;
    this.#resources = resources;
    this.#released = released;
    const now = this.clock.now();
    const deadlineAt = now + timeoutMs;
    this.#call = new ServerCall(this, method, 0, 1, descendsFromRetry, now, deadlineAt);
    this.#call.metadata = metadata;
    if (deadlineAt !== Number.POSITIVE_INFINITY) resources.deadlines.add(this.#call, deadlineAt);
  }

  get service(): string {
    return this.#call.service;
  }

  get outcome(): Promise<unknown> {
    return this.#outcome.promise;
  }

  run(serve: Serve, args: unknown[]): void {
    try {
      const result = serve(this.#call, args);
      if (!isThenable(result)) return this.#answer(result);
      result.then(
        (value) => this.#answer(value),
        (thrown: unknown) => this.#threw(thrown),
      );
    } catch (thrown) {
      this.#threw(thrown);
    }
  }

  /** `code`: what it is counted as. */
  giveUp(why: SkylarkError, code: ErrorCode = "cancelled"): void {
    if (this.#call.answered) return;
    this.#leave(code);
    this.#call.offered.offer.dropped();
    this.#outcome.reject(why);
    this.#call.abort(why);
  }

  timedOut(call: ServerCall): void {
    if (call.aborted) this.#fail(call.aborted);
  }

  #answer(value: unknown): void {
    if (this.#call.answered) return;
    this.#leave(undefined);
    this.#outcome.resolve(value);
    this.#call.offered.offer.ended();
  }

  #threw(thrown: unknown): void {
    this.#fail(thrownBy(this.#call, thrown, this.#resources.log));
  }

  #fail(error: SkylarkError): void {
    if (this.#call.answered) return;
    this.#leave(error.code);
    this.#outcome.reject(error);
    this.#call.offered.offer.ended();
  }

  #leave(code: ErrorCode | undefined): void {
    this.#call.end(code);
    this.#resources.deadlines.remove(this.#call);
    this.#released();
  }
}

function wrongShape({ offer, entry }: OfferedMethod, how: string): SkylarkError {
  return new SkylarkError("unimplemented", `${offer.service.name}.${entry.name} ${how}`, {
    reason: "WRONG_SHAPE",
    notExecuted: true,
  });
}
