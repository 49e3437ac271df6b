/** A signal that aborts when one of two does. Whoever made it releases it: one that lives long would keep it for ever. */
export interface EitherSignal {
  readonly signal: AbortSignal;
  release(): void;
}

export function eitherSignal(...signals: readonly [AbortSignal, AbortSignal]): EitherSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener("abort", abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of signals) signal.removeEventListener("abort", abort);
    },
  };
}
