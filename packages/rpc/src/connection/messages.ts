import { SkylarkError } from "@skylark/core";

/** What a handler sends, asked for step by step; to `end` it is to leave it: its `finally` runs. */
export interface Messages {
  next(): Promise<IteratorResult<unknown>>;
  end(): Promise<unknown>;
}

/** Fails `internal` where the handler answered with something else. */
export function messagesOf(answer: AsyncIterable<unknown>, name: string): Messages {
  const iterable = answer as Partial<AsyncIterable<unknown>> | null | undefined;
  const iterator = iterable?.[Symbol.asyncIterator]?.();
  if (!iterator) {
    throw new SkylarkError("internal", `${name} is a stream, but its handler answered no async iterable`);
  }
  return {
    next: () => iterator.next(),
    end: async () => await iterator.return?.(),
  };
}
