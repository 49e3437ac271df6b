import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import type { StartableCall } from "../server/stack.js";
import { decodeValue } from "../wire/codec.js";
import { decodeFailure } from "../wire/failure.js";
import type { CallFacts, ThreadAnswer } from "./thread-messages.js";
import type { ThreadPool } from "./thread-pool.js";
import type { Work } from "./work.js";

/** Where a thread says that something was thrown which is no error of ours. */
export type ReportTrace = (call: StartableCall, trace: string) => void;

/** What unary calls and streams have in common on their way through the pool. */
abstract class ThreadWork implements Work {
  abstract readonly shape: "unary" | "server-stream";
  readonly args: Uint8Array<ArrayBuffer>;
  protected readonly pool: ThreadPool;
  protected readonly call: StartableCall;
  readonly #report: ReportTrace;
  #forget: () => void = () => {};

  constructor(pool: ThreadPool, call: StartableCall, args: Uint8Array<ArrayBuffer>, report: ReportTrace) {
    this.pool = pool;
    this.call = call;
    this.args = args;
    this.#report = report;
  }

  /** Throws where nobody waits for it any more, or the pool takes no more. */
  submit(): this {
    if (this.call.aborted) throw this.call.aborted;
    this.pool.submit(this);
    this.#forget = this.call.onAborted((why) => this.pool.cancel(this, why));
    return this;
  }

  facts(): CallFacts {
    const { method, remainingMs, caller, peer, attempt, descendsFromRetry, requestId, metadata } = this.call;
    const limited = remainingMs === Number.POSITIVE_INFINITY ? undefined : remainingMs;
    return { method, remainingMs: limited, caller, peer, attempt, descendsFromRetry, requestId, metadata };
  }

  taken(): void {
    this.call.started = true;
  }

  answered(answer: ThreadAnswer): void {
    if (answer.kind !== "message") this.#forget();
    if (answer.kind === "message" || answer.kind === "result") return this.#came(answer.value);
    if (answer.kind === "end") return this.end();
    const { failure, trace } = answer;
    if (trace !== undefined) this.#report(this.call, trace);
    this.fail(decodeFailure(bufferOf(failure), 0, failure.length).toError());
  }

  #came(bytes: Uint8Array<ArrayBuffer>): void {
    let value: unknown;
    try {
      value = decodeValue(bufferOf(bytes), 0, bytes.length);
    } catch (thrown) {
      return this.fail(SkylarkError.from(thrown)); // the thread could write what cannot be read
    }
    this.value(value);
  }

  lost(why: SkylarkError): void {
    this.#forget();
    this.fail(why);
  }

  protected abstract value(value: unknown): void;
  protected abstract end(): void;
  protected abstract fail(error: SkylarkError): void;
}

/** A call that answers once. */
export class UnaryWork extends ThreadWork {
  readonly shape = "unary";
  readonly #result: Deferred<unknown> = deferred<unknown>();

  get result(): Promise<unknown> {
    return this.#result.promise;
  }

  protected override value(value: unknown): void {
    this.#result.resolve(value);
  }

  protected override end(): void {
    this.#result.resolve(undefined);
  }

  protected override fail(error: SkylarkError): void {
    this.#result.reject(error);
  }
}

type StreamState =
  /** The first message is asked for by the call itself; nobody waits for it yet. */
  | { kind: "ahead" }
  | { kind: "arrived"; value: unknown }
  | { kind: "asked"; step: Deferred<IteratorResult<unknown>> }
  | { kind: "idle" }
  /** `error`: not told yet. */
  | { kind: "ended"; error: SkylarkError | undefined };

/** A stream: one message is asked for at a time. */
export class StreamWork extends ThreadWork implements AsyncIterableIterator<unknown> {
  readonly shape = "server-stream";
  #state: StreamState = { kind: "ahead" };

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown>> {
    const state = this.#state;
    if (state.kind === "ended") {
      this.#state = { kind: "ended", error: undefined };
      if (state.error) throw state.error;
      return over;
    }
    if (state.kind === "arrived") {
      this.#state = { kind: "idle" };
      return { value: state.value, done: false };
    }
    const step = deferred<IteratorResult<unknown>>();
    this.#state = { kind: "asked", step };
    if (state.kind === "idle") this.pool.tell(this, (id) => ({ kind: "next", id }));
    return await step.promise;
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.pool.tell(this, (id) => ({ kind: "leave", id }));
    return over;
  }

  protected override value(value: unknown): void {
    const state = this.#state;
    if (state.kind === "asked") {
      this.#state = { kind: "idle" };
      state.step.resolve({ value, done: false });
    } else if (state.kind === "ahead") this.#state = { kind: "arrived", value };
  }

  protected override end(): void {
    const state = this.#state;
    this.#state = { kind: "ended", error: undefined };
    if (state.kind === "asked") state.step.resolve(over);
  }

  protected override fail(error: SkylarkError): void {
    const state = this.#state;
    this.#state = { kind: "ended", error: state.kind === "asked" ? undefined : error };
    if (state.kind === "asked") state.step.reject(error);
  }
}

const over: IteratorResult<unknown> = { value: undefined, done: true };

function bufferOf(bytes: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
