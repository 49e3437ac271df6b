import { SkylarkError } from "@skylark/core";
import { deferred, ManualClock } from "@skylark/core/internal";
import { type Call, call } from "@skylark/rpc";
import type { GuestCall, GuestRequest, OfferedMethod, RpcServer, Service } from "@skylark/rpc/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { failureOf, turns, until } from "./support/until.js";
import { type Provider, serviceOf, World } from "./support/world.js";

const request: GuestRequest = {
  args: [],
  caller: { name: "http", proof: "none" },
  peer: "tcp://127.0.0.1:9",
  timeoutMs: 1000,
  metadata: {},
};

function ask(server: RpcServer, method: string, change: Partial<GuestRequest> = {}): GuestCall {
  return server.guests.call(server.methodNamed("grading", method) as OfferedMethod, { ...request, ...change });
}

describe("a call by another door", () => {
  const clock = new ManualClock();
  let world: World;
  let server: RpcServer;
  let seen: Call[];
  let gate: ReturnType<typeof deferred<string>>;

  beforeEach(async () => {
    world = new World("memory", clock);
    [seen, gate] = [[], deferred<string>()];
    const implementation = {
      add: (...terms: number[]) => terms.reduce((sum, term) => sum + term, 0),
      async hold(): Promise<string> {
        seen.push(call());
        return await gate.promise;
      },
      fail: async () => {
        throw new Error("the sheet is torn");
      },
      failAtOnce: () => {
        throw new SkylarkError("not_found", "no such student");
      },
    };
    const provider: Provider = await world.provide([
      serviceOf("grading", implementation, { streams: { talk: () => {} } }),
    ]);
    server = provider.server;
  });
  afterEach(() => world.close());

  it("is answered like all others", async () => {
    expect(await ask(server, "add", { args: [1, 2, 3] }).outcome).toBe(6);
    expect(await failureOf(ask(server, "fail").outcome)).toMatchObject({
      code: "unknown",
      message: "the sheet is torn",
    });
    expect(world.saying("debug", "grading.fail threw")).toHaveLength(1);
    expect(await failureOf(ask(server, "failAtOnce").outcome)).toMatchObject({ code: "not_found" });
  });

  it("is seen by its handler with all that came along", async () => {
    const metadata = { tenant: "north", "skylark.request": "r1" };
    const held = ask(server, "hold", { metadata, peer: "tcp://[::1]:7" });
    clock.advance(300);
    expect(seen[0]).toMatchObject({
      service: "grading",
      method: "hold",
      caller: { name: "http", proof: "none" },
      peer: "tcp://[::1]:7",
      attempt: 1,
      requestId: "r1",
      remainingMs: 700,
      metadata,
    });
    gate.resolve("done");
    expect(await held.outcome).toBe("done");
    expect(seen[0]?.signal.aborted).toBe(false);
  });

  it("RPC-5.1 ends with its deadline, whatever its handler does", async () => {
    const failing = failureOf(ask(server, "hold", { timeoutMs: 200 }).outcome);
    clock.advance(220);
    expect(await failing).toMatchObject({ code: "deadline_exceeded" });
    expect(seen[0]?.signal.aborted).toBe(true);
    gate.resolve("late");
    await turns();
  });

  it("is aborted when whoever asked has gone", async () => {
    const held = ask(server, "hold");
    const failing = failureOf(held.outcome);
    const why = new SkylarkError("cancelled", "the client hung up");
    held.giveUp(why);
    held.giveUp(new SkylarkError("cancelled", "again"));
    expect(await failing).toBe(why);
    expect(seen[0]?.signal.reason).toBe(why);
  });

  it("is checked against its contract", async () => {
    const service: Service = {
      name: "strict",
      version: "1",
      methods: new Map([
        [
          "half",
          {
            shape: "unary",
            idempotent: true,
            input: z.number(),
            output: z.number().int(),
            run: (_, [n]) => Number(n) / 2,
          },
        ],
      ]),
    };
    server.offer(service);
    const half = (n: unknown): Promise<unknown> =>
      server.guests.call(server.methodNamed("strict", "half") as OfferedMethod, { ...request, args: [n] }).outcome;
    expect(await half(4)).toBe(2);
    expect(await failureOf(half("4"))).toMatchObject({ code: "invalid_argument", reason: "VALIDATION" });
    expect(await failureOf(half(5))).toMatchObject({ code: "internal", reason: "VALIDATION" });
  });

  it("is no way to open a conversation", () => {
    expect(() => ask(server, "talk")).toThrow("grading.talk answers more than once");
  });

  it("LOAD-7.4 is waited for by a drain, and counted", async () => {
    const held = ask(server, "hold");
    const draining = server.drain(["grading"]);
    await until(() => server.leaving.length === 1);
    await turns();
    gate.resolve("done");
    expect(await held.outcome).toBe("done");
    expect(await draining).toMatchObject({ told: 0, finished: 1, refused: 0, abandoned: 0 });
  });

  it("LOAD-7.5 is refused by a service that leaves, before anything runs", async () => {
    const held = ask(server, "hold");
    const draining = server.drain(["grading"]);
    await turns();
    const refused = (): GuestCall => ask(server, "hold");
    expect(refused).toThrow('this instance of "grading" is leaving');
    gate.resolve("done");
    await held.outcome;
    expect(await draining).toMatchObject({ finished: 1, refused: 1, abandoned: 0 });
    expect(seen).toHaveLength(1);
  });

  it("is abandoned by a drain that has waited long enough", async () => {
    const failing = failureOf(ask(server, "hold", { timeoutMs: 60_000 }).outcome);
    const draining = server.drain(["grading"], { timeoutMs: 500 });
    await turns();
    clock.advance(600);
    expect(await draining).toMatchObject({ finished: 0, abandoned: 1 });
    expect(await failing).toMatchObject({ code: "unavailable" });
    expect(seen[0]?.signal.aborted).toBe(true);
  });

  it("ends when the server does", async () => {
    const failing = failureOf(ask(server, "hold").outcome);
    await server.close();
    expect(await failing).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    expect(seen[0]?.signal.aborted).toBe(true);
  });
});
