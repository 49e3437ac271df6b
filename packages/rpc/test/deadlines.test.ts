import type { SkylarkError } from "@skylark/core";
import { deferred, ManualClock } from "@skylark/core/internal";
import { call, detached } from "@skylark/rpc";
import { typedClient } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { failureOf, until } from "./support/until.js";
import { overEachNetwork, serviceOf, type World } from "./support/world.js";

let clock: ManualClock;

/** A front service that calls a back service, each in a process of its own. */
async function chain(world: World, front: (back: { hold(): Promise<number> }) => () => Promise<unknown>) {
  const seen = { remainingMs: [] as number[], running: 0, aborted: [] as unknown[] };
  const back = await world.provide([
    serviceOf("back", {
      async hold(): Promise<number> {
        const { remainingMs, signal } = call();
        seen.remainingMs.push(remainingMs);
        signal.addEventListener("abort", () => seen.aborted.push(signal.reason));
        seen.running++;
        return await new Promise(() => {});
      },
    }),
  ]);
  const toBack = typedClient<{ hold(): Promise<number> }>(world.channel("back", [back]));
  const { calls } = await world.pair({ go: front(toBack) });
  return { calls, seen };
}

overEachNetwork(
  "deadlines",
  (world) => {
    it("RPC-5.1 RPC-DEADLINE-3 end a call in time, whatever the provider does", async () => {
      let started = 0;
      const { calls, channel } = await world().pair({
        async stall(): Promise<never> {
          started++;
          return await new Promise(() => {});
        },
      });
      const failing = failureOf(calls.with({ timeoutMs: 700 }).stall());
      await until(() => started === 1);
      clock.advance(690);
      expect(channel.links[0]?.inFlight).toBe(1);
      clock.advance(20);
      const error = (await failing) as SkylarkError;
      expect(error).toMatchObject({ code: "deadline_exceeded", notExecuted: false });
      expect(error.message).toMatch(/service\.stall was sent.* 700 ms/);
      expect(channel.links[0]?.inFlight).toBe(0);
    });

    it("RPC-5.1 RPC-DEADLINE-5 are there by default: 5000 ms, or what the channel says", async () => {
      let started = 0;
      const stalling = {
        async stall(): Promise<never> {
          started++;
          return await new Promise(() => {});
        },
      };
      const provider = await world().provide([serviceOf("service", stalling)]);
      for (const [timeoutMs, limit] of [
        [undefined, 5000],
        [300, 300],
      ] as const) {
        const failing = failureOf(world().channel("service", [provider], { timeoutMs }).call("stall", []));
        const before = started;
        await until(() => started > before);
        clock.advance(limit - 10);
        let ended = false;
        void failing.then(() => (ended = true));
        await until(() => true);
        expect(ended).toBe(false);
        clock.advance(20);
        expect(await failing).toMatchObject({ code: "deadline_exceeded" });
      }
    });

    it("RPC-5.2 RPC-DEADLINE-1 RPC-DEADLINE-2 travel as time remaining, and end the call at the provider too", async () => {
      const seen: { remainingMs?: number; reason?: unknown } = {};
      let ran = false;
      const { channel, provider } = await world().pair({
        async stall(): Promise<string> {
          const { remainingMs, signal } = call();
          seen.remainingMs = remainingMs;
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          seen.reason = signal.reason;
          ran = true;
          return "too late";
        },
      });
      clock.jumpWall(1e9);
      const failing = failureOf(channel.call("stall", [], { timeoutMs: 1000 }));
      await until(() => seen.remainingMs !== undefined);
      expect(seen.remainingMs).toBe(1000);
      expect(provider.resources.deadlines.size).toBe(1);
      clock.advance(1010);
      expect(await failing).toMatchObject({ code: "deadline_exceeded" });
      await until(() => ran);
      expect(seen.reason).toMatchObject({ code: expect.stringMatching(/deadline_exceeded|cancelled/) });
      expect(provider.resources.deadlines.size).toBe(0);
    });

    it("RPC-DEADLINE-1 can be without end, in words", async () => {
      const gate = deferred();
      const wait = async (): Promise<number> => {
        await gate.promise;
        return call().remainingMs;
      };
      const patient = { intervalMs: 1e12, timeoutMs: 1e12 };
      const { calls, channel } = await world().pair({ wait }, { keepAlive: patient });
      const waiting = calls.with({ timeoutMs: Number.POSITIVE_INFINITY }).wait();
      await until(() => channel.links[0]?.inFlight === 1);
      clock.advance(1e8);
      gate.resolve();
      expect(await waiting).toBe(Number.POSITIVE_INFINITY);
    });

    it("RPC-DEADLINE-3 that are over already send nothing", async () => {
      let started = 0;
      const { calls } = await world().pair({
        async count(): Promise<void> {
          started++;
        },
      });
      for (const timeoutMs of [0, -5, Number.NaN]) {
        await expect(calls.with({ timeoutMs }).count()).rejects.toMatchObject({ code: "deadline_exceeded" });
      }
      expect(world().tap.dials).toBe(0);
      await calls.count();
      expect(started).toBe(1);
    });

    it("RPC-5.3 RPC-DEADLINE-4 are inherited by calls made inside a handler, where those are shorter", async () => {
      const gate = deferred();
      let isFrontRunning = false;
      const { calls, seen } = await chain(world(), (back) => async () => {
        isFrontRunning = true;
        await gate.promise;
        return await back.hold();
      });
      const failing = failureOf(calls.with({ timeoutMs: 2000 }).go());
      await until(() => isFrontRunning);
      clock.advance(500);
      gate.resolve();
      await until(() => seen.running === 1);
      expect(seen.remainingMs).toEqual([1500]);
      clock.advance(1510);
      expect(await failing).toMatchObject({ code: "deadline_exceeded" });
      await until(() => seen.aborted.length === 1);
    });

    it("RPC-5.3 RPC-DEADLINE-4 are inherited, but never lengthen a shorter one", async () => {
      const gate = deferred();
      const { calls, seen } = await chain(world(), (back) => async () => {
        await gate.promise;
        await back.hold();
      });
      const failing = failureOf(calls.with({ timeoutMs: 60_000 }).go());
      await until(() => world().tap.open().length === 1);
      gate.resolve();
      await until(() => seen.running === 1);
      expect(seen.remainingMs).toEqual([5000]); // its own, by default
      clock.advance(5010);
      expect(await failing).toMatchObject({ code: "deadline_exceeded" });
    });

    it("RPC-5.6 are not inherited by detached work", async () => {
      const { calls, seen } = await chain(world(), (back) => async () => {
        void detached(() => back.hold()).catch(() => {});
        return await new Promise(() => {});
      });
      const failing = failureOf(calls.with({ timeoutMs: 100 }).go());
      await until(() => seen.running === 1);
      expect(seen.remainingMs).toEqual([5000]);
      clock.advance(200);
      expect(await failing).toMatchObject({ code: "deadline_exceeded" });
      clock.advance(1000);
      await until(() => true);
      expect(seen.aborted).toHaveLength(0);
      clock.advance(5000);
      await until(() => seen.aborted.length === 1);
    });
  },
  () => {
    clock = new ManualClock();
    return clock;
  },
);
