import { SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { defaultTimeoutMs } from "../engine/engine.js";
import type { OperationOptions } from "../port.js";

/** When an operation of the port gives up, whatever it takes: waiting, several requests, several tries. */
export class Deadline {
  readonly #clock: Clock;
  readonly #at: number;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  #ended: SkylarkError | undefined;
  /** Fails the one who waits. */
  #fail: ((error: SkylarkError) => void) | undefined;

  constructor(clock: Clock, { signal, timeoutMs = defaultTimeoutMs }: OperationOptions) {
    this.#clock = clock;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#at = clock.now() + timeoutMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#at - this.#clock.now());
  }

  /** For the next request. Fails where there is no time for one: nothing was changed then. */
  request(): { readonly timeoutMs: number } {
    return { timeoutMs: this.#left(undefined) };
  }

  /** Ends it before its time: whoever waits is told, and nothing is asked any more. */
  end(error: SkylarkError): void {
    this.#ended ??= error;
    this.#fail?.(this.#ended);
  }

  /** Waits for the outcome, or for the end. One listener for a whole operation, however many requests it takes. */
  async waitFor<T>(outcome: Promise<T>): Promise<T> {
    const signal = this.#signal;
    const abort = signal && (() => this.end(SkylarkError.from(signal.reason, "cancelled")));
    if (abort) signal.addEventListener("abort", abort, { once: true });
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#fail = reject;
        outcome.then(resolve, reject);
      });
    } finally {
      if (abort) signal.removeEventListener("abort", abort);
    }
  }

  /** Fails `cancelled`, `deadline_exceeded` with the failure of the last try as its cause, or with what has ended it. */
  refusePassed(cause: unknown): void {
    this.#left(cause);
  }

  #left(cause: unknown): number {
    if (this.#ended) throw this.#ended;
    if (this.#signal?.aborted) throw SkylarkError.from(this.#signal.reason, "cancelled");
    const { remainingMs } = this;
    if (remainingMs > 0) return remainingMs;
    const why = cause === undefined ? "" : `: ${SkylarkError.from(cause).message}`;
    throw new SkylarkError("deadline_exceeded", `no answer from the store within ${this.#timeoutMs} ms${why}`, {
      notExecuted: true,
      cause,
    });
  }
}
