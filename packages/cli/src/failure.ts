import { type ErrorCode, SkylarkError } from "@skylark/core";

/** What a script learns without reading. `docs/reference/cli.md` is their page. */
export const exitCodes = {
  ok: 0,
  /** It was tried, and failed. */
  failed: 1,
  /** It was not tried: the command line, or a setting, makes no sense. */
  usage: 2,
  /** It made sense, but nothing of the kind is there, or nothing is running. */
  nothingFound: 3,
  /** Ctrl-C ended it, before it was done: a stream that was read, the log, or `up` where it is asked a second time. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line makes no sense; the message says what would. */
export class UsageError extends SkylarkError {
  constructor(message: string, cause?: SkylarkError) {
    super("invalid_argument", message, { reason: cause?.reason, details: cause?.details, cause });
  }
}

/** What was named or asked for is not there. */
export class NothingFound extends SkylarkError {
  constructor(message: string, options: { code?: ErrorCode; cause?: unknown } = {}) {
    super(options.code ?? "not_found", message, { cause: options.cause });
  }
}

export function exitCodeOf(error: SkylarkError): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  return error instanceof NothingFound ? exitCodes.nothingFound : exitCodes.failed;
}
