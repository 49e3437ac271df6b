import { SkylarkError } from "@skylark/core";
import { deferred, Histogram, ManualClock } from "@skylark/core/internal";
import type { GuestRequest, MethodFiguresData, OfferedMethod } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";
import { turns, until } from "./support/until.js";
import { overEachNetwork, type Provider, World } from "./support/world.js";

function figuresOf({ server }: Provider, method: string): MethodFiguresData {
  const found = server.figures.flatMap(({ methods }) => methods).find(({ name }) => name === method);
  if (!found) throw new Error(`no figures of ${method}`);
  return found;
}

function failed({ failures }: MethodFiguresData): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

function counts({ started, succeeded, failures }: MethodFiguresData): object {
  return { started, succeeded, failures };
}

overEachNetwork("the figures of a method", (world) => {
  it("count every call once, by how it ended, and how long it took", async () => {
    const { calls, provider } = await world().pair({
      add: async (a: number, b: number) => a + b,
      fail: async (code: "not_found" | "aborted") => {
        throw new SkylarkError(code, "no");
      },
      untouched: async () => {},
    });
    for (let sum = 0; sum < 5; sum++) await calls.add(1, sum);
    for (const code of ["not_found", "aborted", "not_found"] as const) await calls.fail(code).catch(() => {});
    expect(provider.server.figures).toMatchObject([{ name: "service", version: "1" }]);
    expect(counts(figuresOf(provider, "add"))).toEqual({ started: 5, succeeded: 5, failures: {} });
    expect(counts(figuresOf(provider, "fail"))).toEqual({
      started: 3,
      succeeded: 0,
      failures: { not_found: 2, aborted: 1 },
    });
    expect(Histogram.fromData(figuresOf(provider, "fail").latency).count).toBe(3);
    expect(figuresOf(provider, "untouched")).toEqual({
      name: "untouched",
      started: 0,
      succeeded: 0,
      failures: {},
      latency: { sumMs: 0, buckets: [] },
    });
  });

  it("count what runs, and what was given up, abandoned or left behind by its caller", async () => {
    const gate = deferred();
    const { calls, channel, provider } = await world().pair({ hold: () => gate.promise });
    await channel.ready(); // so that each of them is sent at once
    const controller = new AbortController();
    const ended = Promise.allSettled([
      calls.with({ signal: controller.signal }).hold(),
      calls.with({ timeoutMs: 30 }).hold(),
      calls.hold(),
    ]);
    await until(() => figuresOf(provider, "hold").started === 3);
    expect(counts(figuresOf(provider, "hold"))).toMatchObject({ started: 3, succeeded: 0 });
    controller.abort();
    // a deadline ends a call on both sides: the provider's own wheel, or the caller's word, may be first
    const failures = (): number => failed(figuresOf(provider, "hold"));
    await until(() => failures() === 2);
    channel.update([]);
    world().tap.cut();
    expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await until(() => failures() === 3);
    gate.resolve(); // too late: each has ended once
    await turns();
    expect(counts(figuresOf(provider, "hold"))).toMatchObject({ started: 3, succeeded: 0 });
    expect(failures()).toBe(3);
    expect(figuresOf(provider, "hold").failures.cancelled).toBeGreaterThanOrEqual(2);
  });

  it("count streams, whose length is no latency", async () => {
    const { calls, provider } = await world().pair({
      async *count(to: number): AsyncGenerator<number> {
        for (let at = 0; at < to; at++) yield at;
        if (to === 9) throw new SkylarkError("out_of_range", "too far");
      },
    });
    for await (const _ of calls.count(3));
    await (async () => {
      for await (const _ of calls.count(9));
    })().catch(() => {});
    for await (const at of calls.count(1e9)) if (at === 1) break;
    await until(() => figuresOf(provider, "count").failures.cancelled === 1);
    expect(figuresOf(provider, "count")).toMatchObject({
      started: 3,
      succeeded: 1,
      failures: { out_of_range: 1, cancelled: 1 },
      latency: { sumMs: 0, buckets: [] },
    });
  });
});

describe("the figures of a method", () => {
  it("count calls that come by another door, on the clock of the server", async () => {
    const clock = new ManualClock();
    const world = new World("memory", clock);
    const gate = deferred();
    const { provider } = await world.pair({ hold: () => gate.promise });
    const method = provider.server.methodNamed("service", "hold") as OfferedMethod;
    const guest: GuestRequest = {
      args: [],
      caller: { name: "http", proof: "none" },
      peer: "",
      timeoutMs: 1000,
      metadata: {},
    };
    const one = provider.server.guests.call(method, guest);
    const other = provider.server.guests.call(method, guest);
    clock.advance(100);
    gate.resolve();
    await Promise.all([one.outcome, other.outcome]);
    const late = provider.server.guests.call(provider.server.methodNamed("service", "hold") as OfferedMethod, guest);
    await late.outcome;
    const figures = figuresOf(provider, "hold");
    expect(counts(figures)).toEqual({ started: 3, succeeded: 3, failures: {} });
    expect(figures.latency.sumMs).toBe(200);
    expect(Histogram.fromData(figures.latency).quantile(0.5)).toBeCloseTo(100, -1);
    await world.close();
  });
});
