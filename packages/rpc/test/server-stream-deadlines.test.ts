import type { SkylarkError } from "@skylark/core";
import { deferred, ManualClock } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import { expect, it } from "vitest";
import { frameKinds } from "../src/wire/frame.js";
import { RawPeer } from "./support/raw-peer.js";
import { all, counting } from "./support/server-streams.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, serviceOf } from "./support/world.js";

let clock = new ManualClock();

overEachNetwork(
  "the deadlines of server streams",
  (world) => {
    it("RPC-SERVER-STREAM-6 end them on both sides", async () => {
      const { seen, functions } = counting();
      const { calls } = await world().pair(functions);
      const stream = calls.with({ timeoutMs: 400 }).quiet();
      await stream.next();
      const failing = failureOf(stream.next());
      clock.advance(350);
      await turns();
      expect(seen.running()).toBe(1);
      clock.advance(100);
      const error = (await failing) as SkylarkError;
      expect(error).toMatchObject({ code: "deadline_exceeded" });
      expect(error.message).toBe("service.quiet had not ended within its deadline of 400 ms");
      await until(() => seen.left === 1);
      expect(["deadline_exceeded", "cancelled"]).toContain((seen.aborted[0] as SkylarkError).code);
    });

    it("RPC-SERVER-STREAM-6 are kept by the provider alone, where the caller does not hear", async () => {
      const provider = await world().provide([serviceOf("service", counting().functions)]);
      const peer = await RawPeer.dial(world(), provider);
      await peer.greet();
      peer.request(1, 1, [], { remainingMs: 400 });
      await peer.frame(frameKinds.message, 1);
      clock.advance(500);
      const { payload } = await peer.frame(frameKinds.failure, 1);
      expect(payload[1]).toBe(4); // deadline_exceeded
      peer.hangUp();
    });

    it("RPC-SERVER-STREAM-6 are none by default, but for their beginning", async () => {
      const { seen, functions } = counting();
      const gate = deferred();
      const slow = {
        ...functions,
        remaining: async function* (): AsyncGenerator<number> {
          yield call().remainingMs;
        },
      };
      const { calls, channel } = await world().pair(slow);
      expect(await all(calls.remaining())).toEqual([Number.POSITIVE_INFINITY]);
      const stream = calls.quiet(1);
      await stream.next();
      const waiting = stream.next();
      for (let hour = 0; hour < 5; hour++) {
        clock.advance(4000);
        await turns();
      }
      expect(seen.running()).toBe(1);
      await stream.return();
      await waiting;
      gate.resolve();
      const nowhere = failureOf(world().channel("nobody", []).stream("count", [], { beginWithinMs: 300 }).next());
      clock.advance(400);
      expect(await nowhere).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE", notExecuted: true });
      channel.close();
    });

    it("RPC-SERVER-STREAM-6 RPC-5.3 are inherited from the call in which they are read", async () => {
      const back = await world().provide([
        serviceOf("back", {
          async *remaining(): AsyncGenerator<number> {
            yield call().remainingMs;
          },
        }),
      ]);
      const toBack = world().channel("back", [back]);
      const { calls } = await world().pair({
        async read(): Promise<unknown> {
          return await all(toBack.stream("remaining", []));
        },
      });
      const [remaining] = (await calls.with({ timeoutMs: 2000 }).read()) as [number];
      expect(remaining).toBeGreaterThan(1000);
      expect(remaining).toBeLessThanOrEqual(2000);
    });

    it("RPC-SERVER-STREAM-9 leave another attempt its time to begin, however long the first one was quiet", async () => {
      const { seen, functions } = counting();
      const { calls } = await world().pair(functions, { idempotent: ["quiet"] });
      const stream = calls.quiet(0);
      const waiting = stream.next();
      await until(() => seen.opened === 1);
      await turns();
      for (let round = 0; round < 5; round++) {
        clock.advance(4000);
        await turns();
      }
      world().tap.cut();
      await until(() => {
        clock.advance(1); // until it is dialled again
        return seen.opened === 2;
      });
      await stream.return();
      expect(await waiting).toEqual({ value: undefined, done: true });
    });

    it("RPC-SERVER-STREAM-6 give up what does not begin in time", async () => {
      const { seen, functions } = counting();
      const input = deferred();
      const counted = serviceOf("service", functions).methods.get("quiet");
      const slow = {
        ...(counted as Extract<typeof counted, { shape: "server-stream" }>),
        input: {
          "~standard": { version: 1, vendor: "own", validate: async () => (await input.promise, { value: 1 }) },
        } as const,
      };
      const provider = await world().provide([{ name: "service", version: "1", methods: new Map([["slow", slow]]) }]);
      const channel = world().channel("service", [provider], { timeoutMs: 300 });
      await channel.ready();
      const failing = failureOf(channel.stream("slow", []).next());
      await turns();
      clock.advance(400);
      const error = (await failing) as SkylarkError;
      expect(error).toMatchObject({ code: "deadline_exceeded" });
      expect(error.message).toBe("service.slow had not begun within its deadline");
      input.resolve();
      await until(() => provider.server.connections === 1);
      await turns();
      expect(seen.running()).toBe(0);
    });
  },
  () => (clock = new ManualClock()),
);
