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
import { wireLimits } from "./frame.js";

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

/** The payload of a failure or goodbye: `[code, message, reason, flags, details]`. The cause stays at home (RPC-FAILURE-*). */
export function encodeFailure(failure: Failure): Buffer {
  const { reason, notExecuted, retriesSpent, details } = failure.options;
  const flags = (notExecuted ? 1 : 0) | (retriesSpent ? 2 : 0);
  const parts = [errorCodes[failure.code], failure.message.slice(0, messageLettersMax), reason ?? null, flags];
  return (details !== undefined && withDetails(parts, details)) || encodeApart([...parts, null]);
}

/** People read messages; data belongs into details. */
const messageLettersMax = 4096;

/** Undefined where the details cannot travel: that must not hide the failure itself. */
function withDetails(parts: readonly unknown[], details: unknown): Buffer | undefined {
  try {
    const bytes = encodeApart([...parts, details]);
    if (bytes.length > wireLimits.failureBytesMax) return undefined;
    return bytes;
  } catch {
    return undefined;
  }
}

/** What cannot be read is a failure all the same, of which nothing is known. */
export function decodeFailure(bytes: Buffer, start: number, end: number): Failure {
  const [code, message, reason, flags, details] = partsOf(bytes, start, end);
  if (typeof code !== "number") return new Failure("unknown", "the peer failed without saying how");
  const bits = typeof flags === "number" ? flags : 0;
  return new Failure(errorCodeOf(code), typeof message === "string" ? message : "the peer gave no message", {
    reason: typeof reason === "string" && knownReasons.has(reason) ? (reason as ErrorReason) : undefined,
    details: details ?? undefined,
    notExecuted: (bits & 1) !== 0,
    retriesSpent: (bits & 2) !== 0,
  });
}

function partsOf(bytes: Buffer, start: number, end: number): unknown[] {
  try {
    const parts = decodeValue(bytes, start, end);
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
