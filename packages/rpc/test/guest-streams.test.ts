import { SkylarkError } from "@skylark/core";
import { deferred, ManualClock } from "@skylark/core/internal";
import { type Call, call } from "@skylark/rpc";
import type { GuestRequest, GuestStream, OfferedMethod, RpcServer } from "@skylark/rpc/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf, turns, until } from "./support/until.js";
import { serviceOf, World } from "./support/world.js";

const request: GuestRequest = {
  args: [],
  caller: { name: "http", proof: "none" },
  peer: "tcp://127.0.0.1:9",
  timeoutMs: Number.POSITIVE_INFINITY,
  metadata: {},
};

async function read(stream: GuestStream): Promise<unknown[]> {
  const messages: unknown[] = [];
  for (let step = await stream.next(); !step.done; step = await stream.next()) messages.push(step.value);
  return messages;
}

describe("a server stream by another door", () => {
  const clock = new ManualClock();
  let world: World;
  let server: RpcServer;
  let seen: Call[];
  let left: string[];
  let gate: ReturnType<typeof deferred<string>>;

  beforeEach(async () => {
    world = new World("memory", clock);
    [seen, left, gate] = [[], [], deferred<string>()];
    const grading = {
      async *count(upTo: number) {
        seen.push(call());
        for (let number = 1; number <= upTo; number++) yield number;
      },
      async *hold() {
        seen.push(call());
        try {
          yield "first";
          yield await gate.promise;
        } finally {
          left.push("hold");
        }
      },
      async *tear() {
        yield "first";
        throw new SkylarkError("data_loss", "the rest is torn");
      },
    };
    server = (await world.provide([serviceOf("grading", grading)])).server;
  });
  afterEach(() => world.close());

  function open(method: string, change: Partial<GuestRequest> = {}): GuestStream {
    return server.guests.stream(server.methodNamed("grading", method) as OfferedMethod, { ...request, ...change });
  }

  it("has its messages in order, and nothing behind its end", async () => {
    const stream = open("count", { args: [3] });
    expect(await read(stream)).toEqual([1, 2, 3]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(seen[0]).toMatchObject({ service: "grading", method: "count", peer: request.peer, remainingMs: Infinity });
  });

  it("fails where its handler does, and ever after", async () => {
    const stream = open("tear");
    expect(await stream.next()).toEqual({ done: false, value: "first" });
    expect(await failureOf(stream.next())).toMatchObject({ code: "data_loss", message: "the rest is torn" });
    expect(await failureOf(stream.next())).toMatchObject({ code: "data_loss" });
  });

  it("leaves its handler when whoever read has gone, also in the midst of a message", async () => {
    const stream = open("hold");
    await stream.next();
    const failing = failureOf(stream.next());
    const why = new SkylarkError("cancelled", "the client hung up");
    stream.giveUp(why);
    expect(await failing).toBe(why);
    expect(seen[0]?.signal.reason).toBe(why);
    gate.resolve("late");
    await until(() => left.length === 1);
  });

  it("begins nothing where it is given up before it was read", async () => {
    const stream = open("hold");
    stream.giveUp(new SkylarkError("cancelled", "the client hung up"));
    expect(await failureOf(stream.next())).toMatchObject({ code: "cancelled" });
    await turns();
    expect([seen, left]).toEqual([[], []]);
  });

  it("ends with its deadline, where it has one", async () => {
    const stream = open("hold", { timeoutMs: 200 });
    await stream.next();
    const failing = failureOf(stream.next());
    clock.advance(220);
    expect(await failing).toMatchObject({ code: "deadline_exceeded" });
    gate.resolve("late");
    await until(() => left.length === 1);
  });

  it("LOAD-7.4 RPC-DRAIN-5 ends when its service leaves, and may be opened elsewhere", async () => {
    const stream = open("hold");
    await stream.next();
    const failing = failureOf(stream.next());
    const receipt = await server.drain(["grading"]);
    expect(await failing).toMatchObject({ code: "unavailable", reason: "DRAINING" });
    expect(receipt).toMatchObject({ abandoned: 0 });
    const again = (): unknown => open("count");
    expect(again).toThrow('this instance of "grading" is leaving');
    gate.resolve("late");
    await until(() => left.length === 1);
  });

  it("is no call, and a call is none", () => {
    const call = (): unknown =>
      server.guests.call(server.methodNamed("grading", "count") as OfferedMethod, { ...request, timeoutMs: 1 });
    expect(call).toThrow(expect.objectContaining({ code: "unimplemented", reason: "WRONG_SHAPE" }));
  });

  it("is counted like any other", async () => {
    await read(open("count", { args: [3] }));
    await failureOf(read(open("tear")));
    const given = open("hold");
    await given.next();
    given.giveUp(new SkylarkError("cancelled", "gone"));
    gate.resolve("late");
    const figures = server.figures.find(({ name }) => name === "grading")?.methods ?? [];
    expect(figures.map(({ name, started, succeeded, failures }) => [name, started, succeeded, failures])).toEqual([
      ["count", 1, 1, {}],
      ["hold", 1, 0, { cancelled: 1 }],
      ["tear", 1, 0, { data_loss: 1 }],
    ]);
  });
});
