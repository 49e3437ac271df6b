import type { ErrorCode, ErrorReason } from "./code.js";

export interface SkylarkErrorOptions {
  /** Tells cases of one code apart. */
  reason?: ErrorReason | undefined;
  /** Plain data for programs; travels over the wire. */
  details?: unknown;
  /** What led to it; stays in this process. */
  cause?: unknown;
  /** A promise that the call did not run: it may be made again, whatever its method. Default: false, "may have run". */
  notExecuted?: boolean | undefined;
  /** Retries below this point are spent; nobody above retries. Default: false. */
  retriesSpent?: boolean | undefined;
}

/**
 * The one error class. `code` says what kind of thing happened, the message what happened, to whom, and what to do.
 *
 * @example
 * try { await students(); } catch (error) { if (SkylarkError.is(error, "not_found")) … }
 */
export class SkylarkError extends Error {
  override readonly name = "SkylarkError";
  readonly code: ErrorCode;
  readonly reason: ErrorReason | undefined;
  readonly details: unknown;
  readonly notExecuted: boolean;
  readonly retriesSpent: boolean;

  constructor(code: ErrorCode, message: string, options: SkylarkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.details = options.details;
    this.notExecuted = options.notExecuted ?? false;
    this.retriesSpent = options.retriesSpent ?? false;
  }

  /** Whether `error` is one of ours, with this code where one is named. */
  static is(error: unknown, code?: ErrorCode): error is SkylarkError {
    return error instanceof SkylarkError && (code === undefined || error.code === code);
  }

  /**
   * The one conversion at a boundary: anything thrown becomes a SkylarkError. An abort becomes `cancelled`, a time-out
   * `deadline_exceeded`, everything else `fallback`.
   */
  static from(thrown: unknown, fallback: ErrorCode = "unknown"): SkylarkError {
    try {
      return convert(thrown, fallback);
    } catch {
      return new SkylarkError(fallback, "something was thrown that has no text", { cause: thrown });
    }
  }
}

/** Throws in its turn for what refuses to be read: an object without a prototype, a getter that fails. */
function convert(thrown: unknown, fallback: ErrorCode): SkylarkError {
  if (thrown instanceof SkylarkError) return thrown;
  if (!(thrown instanceof Error)) return new SkylarkError(fallback, String(thrown), { cause: thrown });
  const code =
    thrown.name === "AbortError" ? "cancelled" : thrown.name === "TimeoutError" ? "deadline_exceeded" : fallback;
  const message: unknown = thrown.message; // whatever the type says, it may hold anything
  return new SkylarkError(code, String(message), { cause: thrown });
}
