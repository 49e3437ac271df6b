import { SkylarkError } from "@skylark/core";
import { type Clock, deferred } from "@skylark/core/internal";
import { defaultTimeoutMs } from "../../engine/engine.js";
import type { OperationOptions } from "../../port.js";

/** When an operation of the port gives up, whatever it takes: waiting, several requests, several tries. */
export class Deadline {
  readonly signal: AbortSignal | undefined;
  readonly #clock: Clock;
  readonly #at: number;
  readonly #timeoutMs: number;

  constructor(clock: Clock, { signal, timeoutMs = defaultTimeoutMs }: OperationOptions) {
    this.signal = signal;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#at = clock.now() + timeoutMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#at - this.#clock.now());
  }

  /** For the next request. Fails where there is no time for one: nothing was changed then. */
  request(): { readonly timeoutMs: number } {
    this.refusePassed(undefined);
    return { timeoutMs: this.remainingMs };
  }

  /** Waits for the outcome, or for the signal. One listener for a whole operation, however many requests it takes. */
  async waitFor<T>(outcome: Promise<T>): Promise<T> {
    const { signal } = this;
    if (!signal) return await outcome;
    const aborted = deferred<never>();
    const abort = () => aborted.reject(SkylarkError.from(signal.reason, "cancelled"));
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([outcome, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Fails `cancelled` or `deadline_exceeded`, with the failure of the last try as its cause. */
  refusePassed(cause: unknown): void {
    if (this.signal?.aborted) throw SkylarkError.from(this.signal.reason, "cancelled");
    if (this.remainingMs > 0) return;
    const why = cause === undefined ? "" : `: ${SkylarkError.from(cause).message}`;
    throw new SkylarkError("deadline_exceeded", `no answer from the store within ${this.#timeoutMs} ms${why}`, {
      notExecuted: true,
      cause,
    });
  }
}
