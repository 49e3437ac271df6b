/** Wakes who waits for more. */
export interface Growth {
  /** There is more, or there will never be. */
  wake(): void;
  /** Until there is more, or `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

export function growth(): Growth {
  const waiting = new Set<() => void>();
  return {
    wake() {
      const woken = [...waiting];
      waiting.clear();
      for (const resume of woken) resume();
    },
    wait: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const resume = (): void => {
          waiting.delete(resume);
          signal.removeEventListener("abort", resume);
          resolve();
        };
        waiting.add(resume);
        signal.addEventListener("abort", resume);
      }),
  };
}
