import { deferred } from "@skylark/core/internal";
import type { ServerStream } from "@skylark/rpc";
import { LateStream } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";
import { all } from "../support/server-streams.js";
import { failureOf, turns } from "../support/until.js";

/** A stream of these messages that knows whether it was left. */
function streamOf(messages: readonly unknown[]) {
  const seen = { left: 0 };
  async function* generate(): AsyncGenerator<unknown, undefined> {
    try {
      yield* messages;
    } finally {
      seen.left++;
    }
    return undefined;
  }
  const generator = generate();
  const stream: ServerStream<unknown> = {
    next: () => generator.next(),
    return: () => generator.return(undefined),
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: async () => void (await generator.return(undefined)),
  };
  return { seen, stream };
}

describe("a stream that is looked for when it is read", () => {
  it("is looked for once, and only then", async () => {
    let finds = 0;
    const late = new LateStream(async () => {
      finds++;
      return streamOf([1, 2, 3]).stream;
    });
    await turns();
    expect(finds).toBe(0);
    expect(await Promise.all([late.next(), late.next()])).toMatchObject([{ value: 1 }, { value: 2 }]);
    expect(await all(late)).toEqual([3]);
    expect(finds).toBe(1);
  });

  it("fails once where it is not found", async () => {
    const late = new LateStream(() => Promise.reject(new Error("nowhere")));
    expect(await failureOf(late.next())).toMatchObject({ message: "nowhere" });
    expect(await late.next()).toEqual({ value: undefined, done: true });
  });

  it("is left where it is, and never looked for where it was left before", async () => {
    const { seen, stream } = streamOf([1, 2]);
    const late = new LateStream(async () => stream);
    await late.next();
    await late[Symbol.asyncDispose]();
    await turns();
    expect(seen.left).toBe(1);
    const unread = new LateStream(() => Promise.reject(new Error("it was looked for")));
    expect(await unread.return()).toEqual({ value: undefined, done: true });
    expect(await unread.next()).toEqual({ value: undefined, done: true });
  });

  it("ends what waits for it to be found", async () => {
    const found = deferred<ServerStream<unknown>>();
    const late = new LateStream(() => found.promise);
    const waiting = late.next();
    await late.return();
    const { seen, stream } = streamOf(["too late"]);
    found.resolve(stream);
    expect(await waiting).toEqual({ value: undefined, done: true });
    await turns();
    expect((await stream.next()).done).toBe(true);
    expect(seen.left).toBe(0); // it was never begun
  });
});
