import { deferred, systemClock } from "@skylark/core/internal";

const tooLate = Symbol("too late");

/** What comes of `work`, or of `late` where that takes longer than `mostMs`. What `work` comes to afterwards nobody hears. */
export async function within<T>(mostMs: number, work: Promise<T>, late: () => T): Promise<T> {
  if (mostMs === Number.POSITIVE_INFINITY) return await work;
  const patience = deferred<typeof tooLate>();
  const timer = systemClock.after(mostMs, () => patience.resolve(tooLate), true);
  try {
    const outcome = await Promise.race([work, patience.promise]);
    return outcome === tooLate ? late() : outcome;
  } finally {
    timer.cancel();
  }
}
