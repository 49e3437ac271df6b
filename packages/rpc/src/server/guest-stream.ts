import { type ErrorCode, SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import type { Messages } from "../connection/messages.js";
import type { ConnectionResources } from "../connection/resources.js";
import type { CallerIdentity } from "../wire/handshake.js";
import type { GuestRequest, GuestStream } from "./guest-request.js";
import type { OfferedMethod } from "./offer.js";
import { ServerCall, type ServerCallOwner } from "./server-call.js";
import type { Open } from "./stack.js";
import { thrownBy } from "./thrown.js";

type StreamState =
  /** `cut`: rejects what is waited for, while somebody waits. */
  | { kind: "running"; messages: Messages | undefined; cut: ((why: SkylarkError) => void) | undefined }
  /** `why`: undefined where it came to its own end. */
  | { kind: "over"; why: SkylarkError | undefined };

/** One server stream, and who reads it. Owned by the guests of its server. */
export class RunningStream implements GuestStream, ServerCallOwner {
  readonly clock: Clock;
  readonly caller: CallerIdentity;
  readonly peer: string;
  readonly #call: ServerCall;
  readonly #open: Open;
  readonly #args: unknown[];
  readonly #resources: ConnectionResources;
  readonly #released: () => void;
  #state: StreamState = { kind: "running", messages: undefined, cut: undefined };

  constructor(
    method: OfferedMethod,
    open: Open,
    { args, caller, peer, timeoutMs, metadata }: GuestRequest,
    resources: ConnectionResources,
    released: () => void,
  ) {
    this.clock = resources.clock;
    this.caller = caller;
    this.peer = peer;
    this.#open = open;
    this.#args = args;
    this.#resources = resources;
    this.#released = released;
    const now = this.clock.now();
    this.#call = new ServerCall(this, method, 0, 1, false, now, now + timeoutMs);
    this.#call.metadata = metadata;
    if (timeoutMs !== Number.POSITIVE_INFINITY) resources.deadlines.add(this.#call, now + timeoutMs);
  }

  get service(): string {
    return this.#call.service;
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#state.kind === "over") return this.#afterwards(this.#state.why);
    try {
      const messages = this.#state.messages ?? (await this.#unlessCut(this.#begin()));
      const step = await this.#unlessCut(messages.next());
      if (step.done) this.#end("answered", undefined, undefined);
      return step;
    } catch (thrown) {
      const error = thrownBy(this.#call, thrown, this.#resources.log);
      this.#end("answered", error, error.code);
      throw error;
    }
  }

  giveUp(why: SkylarkError): void {
    this.abandon(why, "cancelled");
  }

  /** It must end here. `code`: what it is counted as. */
  abandon(why: SkylarkError, code: ErrorCode = why.code): void {
    if (this.#state.kind === "over") return;
    const { cut } = this.#state;
    this.#end("dropped", why, code);
    this.#call.abort(why);
    cut?.(why);
  }

  timedOut({ aborted }: ServerCall): void {
    if (aborted) this.abandon(aborted);
  }

  async #begin(): Promise<Messages> {
    const messages = await this.#open(this.#call, this.#args);
    if (this.#state.kind === "running") this.#state = { ...this.#state, messages };
    else this.#leave(messages);
    return messages;
  }

  /** Not a race with a promise that lives as long as the stream: that would keep every message in memory. */
  #unlessCut<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#state.kind === "running") this.#state.cut = reject;
      work.then(resolve, reject);
    });
  }

  #afterwards(why: SkylarkError | undefined): IteratorResult<unknown> {
    if (why) throw why;
    return { done: true, value: undefined };
  }

  /** Off the books, once; the handler is left where it has begun and did not end by itself. */
  #end(how: "answered" | "dropped", why: SkylarkError | undefined, code: ErrorCode | undefined): void {
    if (this.#state.kind === "over") return;
    const { messages } = this.#state;
    this.#state = { kind: "over", why };
    this.#call.end(code);
    this.#resources.deadlines.remove(this.#call);
    this.#released();
    if (how === "answered") this.#call.offered.offer.ended();
    else this.#call.offered.offer.dropped();
    if (why && messages) this.#leave(messages);
  }

  /** Its handler may take its time, or fail at it: nobody waits. */
  #leave(messages: Messages): void {
    const { service, method } = this.#call;
    messages.end().catch((thrown: unknown) => {
      const { code, message } = SkylarkError.from(thrown);
      this.#resources.log("error", `leaving ${service}.${method} failed: ${message}`, { peer: this.peer, code });
    });
  }
}
