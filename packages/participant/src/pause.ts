import type { Clock } from "@skylark/core/internal";

/** Resolves after `delayMs`, or at once when the signal is aborted. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", over);
      resolve();
    };
    const timer = clock.after(delayMs, over, true);
    signal?.addEventListener("abort", over);
    if (signal?.aborted) over();
  });
}
