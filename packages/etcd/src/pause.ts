import type { Clock } from "@skylark/core/internal";

/** Waits, or goes on at once when the signal aborts. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const goOn = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", goOn);
      resolve();
    };
    const timer = clock.after(delayMs, goOn, true);
    signal?.addEventListener("abort", goOn, { once: true });
  });
}
