import type { RetryBudget } from "@skylark/balance/internal";
import { Backoff, type Clock, type Random } from "@skylark/core/internal";
import { Failure } from "../wire/failure.js";
import type { ClientCall, Outcome, Send } from "./client-call.js";
import { payFor, retryVerdict } from "./retry.js";

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
  const cancelled = (): void => call.cancel(new Failure("cancelled", `${call.name} was given up by its caller`));
  if (options.signal?.aborted || ambient?.aborted)
    return new Failure("cancelled", `${call.name} was given up before it began`);
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
    if (!(outcome instanceof Failure) || call.givenUp) return outcome;
    const descendsFromRetry = call.ambient?.descendsFromRetry === true;
    const verdict = retryVerdict({
      failure: outcome,
      sent: call.sent,
      idempotent: call.idempotent,
      descendsFromRetry,
      attempt: call.attempt,
    });
    if (verdict === "no") return outcome;
    if (!payFor(verdict, parts.budget)) return spent(outcome);
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

function spent(failure: Failure): Failure {
  return new Failure(failure.code, `${failure.message} (not tried again: the retry budget is spent)`, {
    ...failure.options,
    retriesSpent: true,
  });
}
