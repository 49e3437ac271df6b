import { SkylarkError } from "@skylark/core";
import { Backoff, pause } from "@skylark/core/internal";
import type { Coordination, SessionId } from "../port.js";
import type { Surroundings } from "./surroundings.js";

/** Between tries after a conflict or a failure of the store; with full jitter, so that many who collide spread. */
const attemptBackoff = { firstMs: 5, mostMs: 500 };

/** What a failed step at the store means for whoever wants it done. */
type StepFailure =
  /** Another was faster, or the session is a new one: nothing happened; look again. */
  | "conflict"
  /** It may have happened. Read before writing again. */
  | "unknown"
  /** Trying again does not help. */
  | "final";

function stepFailure({ code, reason, notExecuted }: SkylarkError): StepFailure {
  if (code === "aborted" || code === "already_exists" || reason === "SESSION_EXPIRED") return "conflict";
  if (code !== "unavailable" && code !== "deadline_exceeded") return "final";
  return notExecuted ? "conflict" : "unknown";
}

/** Tries until `step` gives an answer. Fails with the first final failure, or with the signal's reason. */
export async function attempt<T>(
  step: (before: StepFailure | undefined) => Promise<T | undefined>,
  { clock, random }: Surroundings,
  signal: AbortSignal,
): Promise<T> {
  const backoff = new Backoff(attemptBackoff, random);
  let before: StepFailure | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      const answer = await step(before);
      if (answer !== undefined) return answer;
    } catch (thrown) {
      const failure = stepFailure(SkylarkError.from(thrown));
      if (failure === "final") throw thrown;
      if (before !== "unknown") before = failure; // what may have happened stays so, whatever fails after it
    }
    await pause(clock, backoff.next(), signal);
  }
}

/** Whether the session `id` is known to be over: what it owned is gone. */
export function isOver({ session }: Coordination, id: SessionId | undefined): boolean {
  return !("id" in session) || session.kind === "expired" || session.id !== id;
}
