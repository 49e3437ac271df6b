import { cancellable } from "./cancellation.js";
import type { Send } from "./client-call.js";
import { type RetryParts, withRetries } from "./retries.js";

/** What the layers of a channel need of it. */
export interface StackParts extends RetryParts {
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
