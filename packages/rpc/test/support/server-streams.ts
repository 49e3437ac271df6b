import { call } from "@skylark/rpc";

/** Streams that write down what becomes of them. */
export function counting() {
  const seen = {
    opened: 0,
    sent: 0,
    left: 0,
    aborted: [] as unknown[],
    running: (): number => seen.opened - seen.left,
  };
  return {
    seen,
    functions: {
      /** Numbers from 1, without end where none is given. */
      async *count(upTo = Number.POSITIVE_INFINITY): AsyncGenerator<number> {
        seen.opened++;
        const { signal } = call();
        signal.addEventListener("abort", () => seen.aborted.push(signal.reason));
        try {
          for (let number = 1; number <= upTo; number++) {
            yield number;
            seen.sent = number;
          }
        } finally {
          seen.left++;
        }
      },
      /** Says that it is there, and nothing more until it is given up. */
      async *quiet(messages = 1): AsyncGenerator<number> {
        seen.opened++;
        const { signal } = call();
        try {
          for (let number = 1; number <= messages; number++) yield number;
          await new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => {
              seen.aborted.push(signal.reason);
              resolve();
            });
          });
        } finally {
          seen.left++;
        }
      },
    },
  };
}

/** Reads all there is. */
export async function all<Message>(messages: AsyncIterable<Message>): Promise<Message[]> {
  const read: Message[] = [];
  for await (const message of messages) read.push(message);
  return read;
}
