import type { RetryBudget } from "@skylark/balance/internal";
import type { Failure } from "../wire/failure.js";

/** What is known of an attempt that failed. */
export interface FailedAttempt {
  readonly failure: Failure;
  /** It left this process. */
  readonly sent: boolean;
  readonly idempotent: boolean;
  /** The call being served here is itself a retry, or descends from one. */
  readonly descendsFromRetry: boolean;
  readonly attempt: number;
}

/** Attempts of one call that may have cost an instance work. */
const attemptsMax = 3;
/** Attempts of one call, those included that reached nobody. */
const attemptsMaxFree = 16;

/**
 * Whether a failed attempt may be made again elsewhere (clauses RPC-RETRY-*).
 *
 * - `freely`: it never left, or was refused by an instance that is leaving. Nothing ran, and no instance worked for it.
 * - `paid`: it was refused with a promise that it did not run, or the method may run twice. It costs a token.
 * - `no`: it may have run, was answered, or somebody below has spent the retries.
 */
export function retryVerdict(failed: FailedAttempt): "freely" | "paid" | "no" {
  const { failure, sent, idempotent, descendsFromRetry, attempt } = failed;
  const { reason, notExecuted, retriesSpent } = failure.options;
  if (retriesSpent) return "no";
  const refusedByLeaving = notExecuted === true && reason === "DRAINING";
  const neverSent = !sent && reason === "CONNECTION_LOST";
  if (refusedByLeaving || neverSent) return attempt < attemptsMaxFree ? "freely" : "no";
  if (descendsFromRetry || attempt >= attemptsMax) return "no";
  if (notExecuted && failure.code === "unavailable") return "paid";
  const mayHaveRun = reason === "CONNECTION_LOST" || failure.code === "unavailable";
  return idempotent && mayHaveRun ? "paid" : "no";
}

/** Pays for a retry; false where the budget is spent. */
export function payFor(verdict: "freely" | "paid", budget: RetryBudget): boolean {
  return verdict === "freely" || budget.withdraw();
}
