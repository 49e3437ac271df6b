import type { RetryBudget } from "@skylark/balance/internal";
import { Backoff, type Clock, type Random } from "@skylark/core/internal";
import { Failure } from "../wire/failure.js";
import type { ClientCall, Outcome, Send } from "./client-call.js";
import { retryVerdict } from "./retry.js";

/** What the layers of a channel need of it. */
export interface StackParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: RetryBudget;
  /** Picks an instance, waits for one where there is none, and makes the attempt. */
  readonly attempt: Send;
}

interface ClientLayer {
  readonly name: string;
  /** Why it stands where it stands. */
  readonly because: string;
  readonly wrap: (next: Send, parts: StackParts) => Send;
}

/** The way of a call through a client, outermost first. The only place where this order is decided. */
export const clientLayers: readonly ClientLayer[] = [
  {
    name: "deadline",
    because: "outermost: one deadline spans all attempts and waits, and what is late already is not begun",
    wrap:
      (next, { clock }) =>
      (call) =>
        call.deadlineAt > clock.now() ? next(call) : call.deadlineExceeded(),
  },
  {
    name: "cancellation",
    because: "above retry: whoever gives up gives up all attempts",
    wrap: (next) => (call) => (call.ambient || call.options.signal ? cancellable(call, next) : next(call)),
  },
  {
    name: "retry",
    because: "above balance: every attempt picks anew, and avoids the instances that failed",
    wrap: (next, parts) => (call) => withRetries(call, next, parts),
  },
  {
    name: "balance",
    because: "innermost: chosen at the last moment, by the state of the instances then",
    wrap: (_next, { attempt }) => attempt,
  },
];

export function clientStack(parts: StackParts): Send {
  let send: Send = parts.attempt;
  for (const layer of clientLayers.toReversed()) send = layer.wrap(send, parts);
  return send;
}

async function cancellable(call: ClientCall, next: Send): Promise<Outcome> {
  const { ambient, options } = call;
  const cause = (): unknown => ambient?.aborted ?? options.signal?.reason;
  const cancelled = (): void =>
    call.cancel(new Failure("cancelled", `${call.name} was given up by its caller`, { cause: cause() }));
  if (options.signal?.aborted || ambient?.aborted)
    return new Failure("cancelled", `${call.name} was given up before it began`, {
      cause: cause(),
      notExecuted: true,
    });
  options.signal?.addEventListener("abort", cancelled, { once: true });
  const forget = ambient?.onAborted(cancelled);
  try {
    return await next(call);
  } finally {
    options.signal?.removeEventListener("abort", cancelled);
    forget?.();
  }
}

async function withRetries(call: ClientCall, next: Send, parts: StackParts): Promise<Outcome> {
  parts.budget.deposit();
  let backoff: Backoff | undefined;
  for (;;) {
    const outcome = await next(call);
    if (!(outcome instanceof Failure)) return outcome;
    if (call.givenUp) return call.givenUp;
    const { sent, idempotent, attempt, retries } = call;
    const descendsFromRetry = call.ambient?.descendsFromRetry === true;
    const verdict = retryVerdict({ failure: outcome, sent, idempotent, descendsFromRetry, attempt, retries });
    if (verdict === "no") return ofAllAttempts(call, outcome);
    if (verdict === "spent") return spent(call, outcome, `${retries + 1} attempts were made`);
    if (verdict === "paid") {
      if (!parts.budget.withdraw()) return spent(call, outcome, "the retry budget is spent");
      call.retries++;
    }
    if (sent && !outcome.options.notExecuted) call.mayHaveRun = true;
    call.tryElsewhere();
    if (call.attempt > 2) {
      // the first retry goes at once to another instance; those after it may be part of something larger
      backoff ??= new Backoff({ firstMs: 10, mostMs: 500 }, parts.random);
      const interrupted = await pause(call, Math.min(backoff.next(), call.deadlineAt - parts.clock.now()), parts.clock);
      if (interrupted) return interrupted;
    }
  }
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
