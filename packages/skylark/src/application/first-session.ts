import type { Coordination } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { within } from "./within.js";

/** Longer than a take-over of the store takes, shorter than a person waits. */
const firstSessionMs = 10_000;

/** Resolves once a client that opens later has met its store. Fails `unavailable` where that takes longer than `mostMs`. */
export async function firstSession(coordination: Coordination, mostMs = firstSessionMs): Promise<void> {
  if (coordination.session.kind !== "connecting") return;
  const met = deferred();
  const stop = coordination.onSession(() => met.resolve());
  try {
    await within(mostMs, met.promise, () => {
      const message = `the store has not answered within ${mostMs} ms: it is away, or this process was told the wrong place`;
      throw new SkylarkError("unavailable", message, { notExecuted: true });
    });
  } finally {
    stop();
  }
}
