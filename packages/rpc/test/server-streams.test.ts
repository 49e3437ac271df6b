import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import { expect, it } from "vitest";
import { patterned } from "./support/frames.js";
import { all, counting } from "./support/server-streams.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork } from "./support/world.js";

overEachNetwork("server streams", (world) => {
  it("RPC-4.1 RPC-SERVER-STREAM-1 RPC-SERVER-STREAM-3 carry messages in order, of any size, and end behind the last", async () => {
    const sizes = [5, 20_000, 5, 500_000, 16_384, 16_380, 1, 100_000, 3_000_000, 7];
    const { calls } = await world().pair({
      async *patterns(...wanted: number[]): AsyncGenerator<{ at: number; bytes: Buffer }> {
        for (const [at, size] of wanted.entries()) yield { at, bytes: patterned(size, at) };
      },
    });
    const messages = await all(calls.patterns(...sizes));
    expect(messages.map(({ at }) => at)).toEqual(sizes.map((_, at) => at));
    for (const [at, size] of sizes.entries()) expect(messages[at]?.bytes.equals(patterned(size, at))).toBe(true);
    expect(await all(calls.patterns())).toEqual([]);
  });

  it("carry every value, nothing included", async () => {
    const values = [undefined, null, "", 0, false, [], {}, new Date(5)];
    const { calls } = await world().pair({
      async *each(): AsyncGenerator {
        yield* values;
      },
    });
    expect(await all(calls.each())).toEqual(values);
  });

  it("open nothing before they are read, and are read once", async () => {
    const { seen, functions } = counting();
    const { calls, channel } = await world().pair(functions);
    await channel.ready();
    const stream = calls.count(3);
    await turns();
    expect(seen.opened).toBe(0);
    expect(await all(stream)).toEqual([1, 2, 3]);
    expect(await all(stream)).toEqual([]);
    expect(seen.opened).toBe(1);
    await calls.count().return();
    await turns();
    expect(seen.opened).toBe(1);
  });

  it("answer several readers of one stream each with the next message, in order", async () => {
    const { calls } = await world().pair(counting().functions);
    const stream = calls.count(3);
    const steps = await Promise.all([1, 2, 3, 4, 5].map(() => stream.next()));
    expect(steps.map(({ value }) => value)).toEqual([1, 2, 3, undefined, undefined]);
  });

  it("RPC-SERVER-STREAM-1 know the call they serve at every step, and in what they call", async () => {
    const seen: unknown[] = [];
    const { calls } = await world().pair({
      async *watch(): AsyncGenerator<number> {
        for (let step = 0; step < 3; step++) {
          const { service, method, metadata, attempt, remainingMs } = call();
          seen.push([service, method, metadata["user"], attempt, remainingMs]);
          yield step;
          await Promise.resolve();
          seen.push(call().method);
        }
      },
    });
    expect(await all(calls.with({ metadata: { user: "ada" } }).watch())).toHaveLength(3);
    const context = ["service", "watch", "ada", 1, Number.POSITIVE_INFINITY];
    expect(seen).toEqual([context, "watch", context, "watch", context, "watch"]);
  });

  it("RPC-SERVER-STREAM-3 end with the error of their handler, behind what it sent before", async () => {
    const { calls } = await world().pair({
      async *failing(): AsyncGenerator<Buffer | string> {
        yield patterned(300_000);
        yield "last";
        throw new SkylarkError("not_found", "no more", { details: { at: 2 } });
      },
    });
    const read: unknown[] = [];
    async function theFunctionThatReads(): Promise<void> {
      for await (const message of calls.failing()) read.push(message);
    }
    const error = await failureOf(theFunctionThatReads());
    expect(error).toMatchObject({ code: "not_found", message: "no more", details: { at: 2 }, notExecuted: false });
    expect((error as Error).stack).toContain("theFunctionThatReads");
    expect(read.at(-1)).toBe("last");
    const stream = calls.failing();
    for (let step = 0; step < 2; step++) await stream.next();
    await failureOf(stream.next());
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("RPC-SERVER-STREAM-10 fail alone where a message cannot be sent, and leave their handler", async () => {
    let left = 0;
    const { calls, channel } = await world().pair(
      {
        async *send(message: string): AsyncGenerator {
          try {
            yield "fine";
            yield message === "symbol" ? Symbol("s") : Buffer.alloc(60_000);
          } finally {
            left++;
          }
        },
      },
      { messageBytesMax: 50_000 },
    );
    await channel.ready();
    const unsendable = await failureOf(all(calls.send("symbol")));
    expect(unsendable).toMatchObject({ code: "internal" });
    expect((unsendable as Error).message).toContain("service.send: the message cannot be sent");
    expect(await failureOf(all(calls.send("large")))).toMatchObject({
      code: "resource_exhausted",
      reason: "MESSAGE_TOO_LARGE",
    });
    await until(() => left === 2);
    expect(world().tap.dials).toBe(1);
  });

  it("are refused where they are called, and calls where they are iterated; nothing is sent", async () => {
    const { seen, functions } = counting();
    const { calls, channel } = await world().pair({ ...functions, once: async () => 1 });
    await channel.ready();
    expect(channel.shapeOf("count")).toBe("server-stream");
    const awaited = await failureOf(channel.call("count", []));
    expect(awaited).toMatchObject({ code: "unimplemented", reason: "WRONG_SHAPE", notExecuted: true });
    expect((awaited as Error).message).toContain("is a stream, not a call: iterate it");
    const iterated = await failureOf(all(channel.stream("once", [])));
    expect(iterated).toMatchObject({ code: "unimplemented", reason: "WRONG_SHAPE", notExecuted: true });
    expect((iterated as Error).message).toContain("await it");
    expect(await failureOf(all(channel.stream("nonsense", [])))).toMatchObject({ code: "unimplemented" });
    expect(seen.opened).toBe(0);
    expect(await calls.once()).toBe(1);
  });

  it("that answer with no async iterable fail, and say so", async () => {
    const broken = { shape: "server-stream", idempotent: false, open: () => [1] as never } as const;
    const service = { name: "broken", version: "1", methods: new Map([["watch", broken]]) };
    const channel = world().channel("broken", [await world().provide([service])]);
    const error = await failureOf(all(channel.stream("watch", [])));
    expect(error).toMatchObject({ code: "internal", notExecuted: false });
    expect((error as Error).message).toContain("broken.watch is a stream, but its handler answered no async iterable");
  });

  it("may be any async iterable, also one of one's own that must be left", async () => {
    let left = 0;
    let at = 0;
    const own: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ value: ++at, done: false }),
        return: async () => {
          left++;
          return { value: undefined, done: true };
        },
      }),
    };
    const watch = { shape: "server-stream", idempotent: false, open: () => own } as const;
    const service = { name: "own", version: "1", methods: new Map([["watch", watch]]) };
    const channel = world().channel("own", [await world().provide([service])]);
    for await (const number of channel.stream("watch", [])) if (number === 3) break;
    await until(() => left > 0);
    expect(left).toBe(1);
  });

  it("leave nothing behind when there were many", async () => {
    const { seen, functions } = counting();
    const { calls, channel, provider } = await world().pair(functions);
    for (let round = 0; round < 50; round++) {
      const read = await Promise.all([all(calls.count(2)), all(calls.count(0)), calls.count().next()]);
      expect(read.slice(0, 2)).toEqual([[1, 2], []]);
    }
    expect(channel.links[0]?.inFlight).toBe(50); // those that were begun and not read on
    expect(seen.running()).toBe(50);
    expect(await provider.server.drain(["service"])).toMatchObject({ told: 1, finished: 0, abandoned: 0 });
    await until(() => seen.running() === 0 && channel.links[0]?.inFlight === 0);
  });

  it("count as running while they are, so that a drain knows of them", async () => {
    const gate = deferred();
    const { calls, provider } = await world().pair({
      async *held(): AsyncGenerator<number> {
        yield 1;
        await gate.promise;
      },
    });
    const stream = calls.held();
    await stream.next();
    const ended = failureOf(stream.next());
    expect(await provider.server.drain(["service"])).toMatchObject({ finished: 0, refused: 0, abandoned: 0 });
    expect(await ended).toMatchObject({ code: "unavailable", reason: "DRAINING", notExecuted: false });
    gate.resolve();
  });
});
