import type { Failure } from "../wire/failure.js";

/** What is known of an attempt that failed. */
export interface FailedAttempt {
  readonly failure: Failure;
  /** It left this process. */
  readonly sent: boolean;
  readonly idempotent: boolean;
  /** The call being served here is itself a retry, or descends from one. */
  readonly descendsFromRetry: boolean;
  /** Attempts so far, this one included. */
  readonly attempt: number;
  /** Retries among them that may have cost an instance work. */
  readonly retries: number;
}

/** Retries of one call that may cost an instance work. */
const retriesMax = 2;
/** Attempts of one call, those included that reached nobody. */
const attemptsMax = 16;

/**
 * Whether a failed attempt may be made again elsewhere (clauses RPC-RETRY-*).
 *
 * - `freely`: it never left, or was refused by an instance that is leaving. Nothing ran, and no instance worked for it.
 * - `paid`: it was refused with a promise that it did not run, or the method may run twice. It costs a token.
 * - `spent`: it would be worth a token, but the retries of this call are used up. Whoever is above need not try either.
 * - `no`: it may have run, was answered, or somebody else above or below does the retrying.
 */
export function retryVerdict(failed: FailedAttempt): "freely" | "paid" | "spent" | "no" {
  const { failure, sent, idempotent, descendsFromRetry, attempt, retries } = failed;
  const { reason, notExecuted, retriesSpent } = failure.options;
  const noneWasThere = notExecuted === true && reason === "NO_INSTANCE"; // and it was waited for as long as the caller would
  if (retriesSpent || noneWasThere) return "no";
  const refusedByLeaving = notExecuted === true && reason === "DRAINING";
  const neverSent = !sent && reason === "CONNECTION_LOST";
  if (refusedByLeaving || neverSent) return attempt < attemptsMax ? "freely" : "no";
  const refused = notExecuted === true && failure.code === "unavailable";
  const mayHaveRun = reason === "CONNECTION_LOST" || failure.code === "unavailable";
  const isSafe = refused || (idempotent && sent && mayHaveRun);
  if (!isSafe || descendsFromRetry) return "no";
  return retries < retriesMax ? "paid" : "spent";
}
