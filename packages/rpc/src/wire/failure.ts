import {
  type ErrorCode,
  type ErrorReason,
  errorCodeOf,
  errorCodes,
  errorReasons,
  SkylarkError,
  type SkylarkErrorOptions,
} from "@skylark/core";
import { decodeValue, encodeApart } from "./codec.js";

/**
 * How an attempt ended that did not succeed, as data. It becomes an error only at the call site, where `new Error` still
 * sees who is awaiting: so the stack is the caller's.
 */
export class Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly options: SkylarkErrorOptions;

  constructor(code: ErrorCode, message: string, options: SkylarkErrorOptions = {}) {
    this.code = code;
    this.message = message;
    this.options = options;
  }

  static of(thrown: unknown): Failure {
    const error = SkylarkError.from(thrown);
    const { reason, details, notExecuted, retriesSpent } = error;
    return new Failure(error.code, error.message, { reason, details, notExecuted, retriesSpent, cause: error.cause });
  }

  toError(): SkylarkError {
    return new SkylarkError(this.code, this.message, this.options);
  }
}

const knownReasons: ReadonlySet<string> = new Set(errorReasons);

/** The payload of a failure or goodbye: `[code, message, reason, flags, details]`. The cause stays at home. */
export function encodeFailure(failure: Failure): Buffer {
  const { reason, notExecuted, retriesSpent, details } = failure.options;
  const flags = (notExecuted ? 1 : 0) | (retriesSpent ? 2 : 0);
  const parts = [errorCodes[failure.code], failure.message.slice(0, messageLettersMax), reason ?? null, flags];
  try {
    return encodeApart([...parts, details]);
  } catch {
    return encodeApart([...parts, null]); // details that cannot travel must not hide the error itself
  }
}

/** People read messages; a stack of data belongs into details, which the message limit bounds. */
const messageLettersMax = 4096;

export function decodeFailure(bytes: Buffer, start: number, end: number): Failure {
  const parts = decodeValue(bytes, start, end);
  if (!Array.isArray(parts)) return new Failure("unknown", "the peer failed without saying how");
  const [code, message, reason, flags, details] = parts as unknown[];
  const bits = typeof flags === "number" ? flags : 0;
  return new Failure(errorCodeOf(Number(code)), String(message), {
    reason: knownReasons.has(String(reason)) ? (reason as ErrorReason) : undefined,
    details: details ?? undefined,
    notExecuted: (bits & 1) !== 0,
    retriesSpent: (bits & 2) !== 0,
  });
}
