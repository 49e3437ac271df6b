import type { RetryBudget } from "@skylark/balance/internal";
import { Backoff, type Clock, type Random } from "@skylark/core/internal";
import { Failure } from "../wire/failure.js";
import type { ClientCall, EventualOutcome, Outcome, Send } from "./client-call.js";
import { retryVerdict } from "./retry.js";

/** What retrying needs beside the attempts themselves. */
export interface RetryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: RetryBudget;
}

/**
 * Makes the call, and again where that is safe. Nearly every call ends well at its first attempt: it pays for one reaction
 * to its promise; the loop begins with the first failure.
 */
export function withRetries(call: ClientCall, next: Send, parts: RetryParts): EventualOutcome {
  parts.budget.deposit();
  const first = next(call);
  if (first instanceof Promise) return first.then((outcome) => ended(call, outcome, next, parts));
  return ended(call, first, next, parts);
}

function ended(call: ClientCall, outcome: Outcome, next: Send, parts: RetryParts): EventualOutcome {
  return outcome instanceof Failure ? tryAgain(call, outcome, next, parts) : outcome;
}

async function tryAgain(call: ClientCall, first: Failure, next: Send, parts: RetryParts): Promise<Outcome> {
  const backoff = new Backoff({ firstMs: 10, mostMs: 500 }, parts.random);
  for (let failure = first; ; ) {
    const final = finalFailure(call, failure, parts.budget);
    if (final) return final;
    call.tryElsewhere();
    if (call.attempt > 2) {
      // the first retry goes at once to another instance; those after it may be part of something larger
      const delayMs = Math.min(backoff.next(), call.deadlineAt - parts.clock.now());
      const interrupted = await pause(call, delayMs, parts.clock);
      if (interrupted) return interrupted;
    }
    const outcome = await next(call);
    if (!(outcome instanceof Failure)) return outcome;
    failure = outcome;
  }
}

/** What the call fails with, or undefined where it may be tried again: then that is paid for. */
function finalFailure(call: ClientCall, failure: Failure, budget: RetryBudget): Failure | undefined {
  if (call.givenUp) return call.givenUp;
  const { sent, idempotent, attempt, retries } = call;
  const descendsFromRetry = call.ambient?.descendsFromRetry === true;
  const verdict = retryVerdict({ failure, sent, idempotent, descendsFromRetry, attempt, retries });
  if (verdict === "no") return ofAllAttempts(call, failure);
  if (verdict === "spent") return spent(call, failure, `${retries + 1} attempts were made`);
  if (verdict === "paid") {
    if (!budget.withdraw()) return spent(call, failure, "the retry budget is spent");
    call.retries++;
  }
  if (sent && !failure.options.notExecuted) call.mayHaveRun = true;
  return undefined;
}

function pause(call: ClientCall, delayMs: number, clock: Clock): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const end = (why: Failure | undefined): void => {
      timer.cancel();
      call.underway = undefined;
      resolve(why);
    };
    const timer = clock.after(delayMs, () => end(undefined), true);
    call.underway = { giveUp: end };
  });
}

function spent(call: ClientCall, failure: Failure, why: string): Failure {
  const { code, message, options } = ofAllAttempts(call, failure);
  return new Failure(code, `${message} (not tried again: ${why})`, { ...options, retriesSpent: true });
}

/** What the last attempt promises does not hold for those before it. */
function ofAllAttempts(call: ClientCall, failure: Failure): Failure {
  if (!call.mayHaveRun || !failure.options.notExecuted) return failure;
  return new Failure(failure.code, failure.message, { ...failure.options, notExecuted: false });
}
