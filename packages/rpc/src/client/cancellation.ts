import { Failure } from "../wire/failure.js";
import type { ClientCall, Outcome, Send } from "./client-call.js";

/** Gives the call up as soon as its signal aborts, or the call being served where it was made. */
export async function cancellable(call: ClientCall, next: Send): Promise<Outcome> {
  const { ambient, options } = call;
  const cancelled = (): void => call.cancel(cancelledBy(call));
  if (options.signal?.aborted || ambient?.aborted)
    return new Failure("cancelled", `${call.name} was given up before it began`, {
      cause: causeOf(call),
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

/** What a call fails with whose caller gave it up. */
export function cancelledBy(call: ClientCall): Failure {
  return new Failure("cancelled", `${call.name} was given up by its caller`, { cause: causeOf(call) });
}

function causeOf({ ambient, options }: ClientCall): unknown {
  return ambient?.aborted ?? options.signal?.reason;
}
