import type { AmbientCall } from "../call-context.js";
import { Failure } from "../wire/failure.js";
import { type CallOptions, ClientCall } from "./client-call.js";

/** How long a stream may take, and how long it may take to begin. */
export interface StreamTimes {
  /** On the local monotonic clock: what is not over by then ends. Infinity for none. */
  readonly endsAt: number;
  /** For finding an instance and beginning there. */
  readonly beginWithinMs: number;
}

/** A server stream while it is being opened. Until it begins, its deadline is that of its beginning. */
export class StreamCall extends ClientCall {
  readonly endsAt: number;
  readonly #beginWithinMs: number;
  #hasBegun = false;

  constructor(
    service: string,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    ambient: AmbientCall | undefined,
    { endsAt, beginWithinMs }: StreamTimes,
    now: number,
  ) {
    super(service, method, args, options, ambient, Math.min(endsAt, now + beginWithinMs));
    this.endsAt = endsAt;
    this.#beginWithinMs = beginWithinMs;
  }

  /** Its handler runs. */
  begun(): void {
    this.#hasBegun = true;
    this.deadlineAt = this.endsAt;
  }

  /** It began and came to nothing: where another attempt is made, that may take as long to begin. */
  cutOff(now: number): void {
    this.#hasBegun = false;
    this.deadlineAt = Math.min(this.endsAt, now + this.#beginWithinMs);
  }

  override lost(why: string): Failure {
    return new Failure("unavailable", `${this.name} was cut off: ${why}`, { reason: "CONNECTION_LOST" });
  }

  override deadlineExceeded(): Failure {
    if (!this.sent) return super.deadlineExceeded();
    const what = this.#hasBegun ? "ended" : "begun";
    const within = this.options.timeoutMs === undefined ? "" : ` of ${this.options.timeoutMs} ms`;
    return new Failure("deadline_exceeded", `${this.name} had not ${what} within its deadline${within}`);
  }
}
