import type { Clock } from "./clock.js";

/** Waits, or goes on at once when the signal is aborted. Keeps the process alive meanwhile. */
export function pause(clock: Pick<Clock, "after">, delayMs: number, signal?: AbortSignal): Promise<void> {
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

/** Resolves when the signal is aborted, at once where it is. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
