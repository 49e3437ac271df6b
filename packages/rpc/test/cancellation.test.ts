import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { call, detached } from "@skylark/rpc";
import { typedClient } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, serviceOf } from "./support/world.js";

/** A service whose calls last until their signal aborts. */
function held() {
  const seen = { running: 0, reasons: [] as unknown[] };
  return {
    seen,
    functions: {
      async hold(): Promise<never> {
        const { signal } = call();
        seen.running++;
        return await new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            seen.reasons.push(signal.reason);
            reject(signal.reason as Error);
          });
        });
      },
    },
  };
}

overEachNetwork("cancellation", (world) => {
  it("RPC-5.4 RPC-CANCEL-1 RPC-CANCEL-2 ends the call at once and reaches the handler's signal", async () => {
    const { seen, functions } = held();
    const { calls, channel } = await world().pair(functions);
    const giveUp = new AbortController();
    const failing = failureOf(calls.with({ signal: giveUp.signal }).hold());
    await until(() => seen.running === 1);
    const why = new Error("the user has gone");
    giveUp.abort(why);
    expect(channel.links[0]?.inFlight).toBe(0);
    const error = await failing;
    expect(error).toMatchObject({ code: "cancelled" });
    expect((error as SkylarkError).cause).toBe(why);
    await until(() => seen.reasons.length === 1);
    expect(seen.reasons[0]).toMatchObject({ code: "cancelled" });
  });

  it("RPC-5.4 reaches a handler that asks for its signal later", async () => {
    const gate = deferred();
    const asked = deferred<AbortSignal>();
    let running = false;
    const { calls } = await world().pair({
      async later(): Promise<void> {
        running = true;
        await gate.promise;
        asked.resolve(call().signal);
      },
    });
    const giveUp = new AbortController();
    const failing = failureOf(calls.with({ signal: giveUp.signal }).later());
    await until(() => running);
    giveUp.abort();
    await failing;
    await turns();
    gate.resolve();
    const signal = await asked.promise;
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(SkylarkError);
  });

  it("RPC-5.4 sends nothing for a call that was given up before it began", async () => {
    const { seen, functions } = held();
    const { calls } = await world().pair(functions);
    const error = await failureOf(calls.with({ signal: AbortSignal.abort("gone") }).hold());
    expect(error).toMatchObject({ code: "cancelled", notExecuted: true, cause: "gone" });
    expect(seen.running).toBe(0);
    expect(world().tap.dials).toBe(0);
  });

  it("RPC-5.4 gives up a call that waits for an instance", async () => {
    const channel = world().channel("nobody", []);
    const giveUp = new AbortController();
    const failing = failureOf(channel.call("any", [], { signal: giveUp.signal, timeoutMs: Number.POSITIVE_INFINITY }));
    await turns();
    giveUp.abort();
    expect(await failing).toMatchObject({ code: "cancelled" });
  });

  it("RPC-5.4 does not send a call that is given up in the moment its instance appears", async () => {
    const { seen, functions } = held();
    const provider = await world().provide([serviceOf("service", functions)]);
    const channel = world().channel("service", []);
    const giveUp = new AbortController();
    const failing = failureOf(channel.call("hold", [], { signal: giveUp.signal }));
    channel.update([provider.endpoint]);
    await channel.ready();
    const early = failureOf(channel.call("hold", [], { signal: giveUp.signal }));
    channel.update([]);
    const waiting = failureOf(channel.call("hold", [], { signal: giveUp.signal }));
    await until(() => seen.running === 2);
    channel.update([provider.endpoint]); // wakes the one that waits
    giveUp.abort(); // before it had its turn
    for (const each of [failing, early, waiting]) expect(await each).toMatchObject({ code: "cancelled" });
    await turns();
    expect(seen.running).toBe(2);
  });

  it("RPC-CANCEL-2 RPC-CALL-8 sends no answer to a call that was given up, and passes over one that was on its way", async () => {
    const gate = deferred();
    let running = 0;
    const { calls, channel } = await world().pair({
      async answer(): Promise<Buffer> {
        running++;
        await gate.promise;
        return Buffer.alloc(500_000);
      },
      async fine(): Promise<string> {
        return "fine";
      },
    });
    const giveUp = new AbortController();
    const failing = Array.from({ length: 10 }, () => failureOf(calls.with({ signal: giveUp.signal }).answer()));
    await until(() => running === 10);
    gate.resolve();
    await turns(2);
    giveUp.abort();
    for (const each of failing) expect(["cancelled", undefined]).toContain(((await each) as SkylarkError).code);
    for (let round = 0; round < 20; round++) expect(await calls.fine()).toBe("fine");
    expect(channel.links[0]?.inFlight).toBe(0);
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-LARGE-6 takes no memory for replies that begin after their calls were given up", async () => {
    const gates: (() => void)[] = [];
    const { calls } = await world().pair({
      async large(): Promise<Buffer> {
        await new Promise<void>((resolve) => gates.push(resolve));
        return Buffer.alloc(4_000_000);
      },
      async fine(): Promise<string> {
        return "fine";
      },
    });
    // 40 partly received replies of 4 MB would pass the limit of a connection
    for (let round = 0; round < 40; round++) {
      const giveUp = new AbortController();
      const failing = failureOf(calls.with({ signal: giveUp.signal }).large());
      await until(() => gates.length === round + 1);
      gates[round]?.();
      await turns(3);
      giveUp.abort();
      await failing.catch(() => {});
    }
    expect(await calls.fine()).toBe("fine");
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-CANCEL-2 gives up a large request that is half sent", async () => {
    const { calls } = await world().pair({
      async take(_bytes: Buffer): Promise<void> {},
      async fine(): Promise<string> {
        return "fine";
      },
    });
    await calls.fine();
    for (let round = 0; round < 30; round++) {
      const giveUp = new AbortController();
      const failing = failureOf(calls.with({ signal: giveUp.signal }).take(Buffer.alloc(4_000_000)));
      await turns(1);
      giveUp.abort();
      expect(await failing).toMatchObject({ code: "cancelled" });
    }
    expect(await calls.fine()).toBe("fine");
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-5.5 cancels the calls that the handler made in turn, and not those that it detached", async () => {
    const { seen, functions } = held();
    const back = await world().provide([serviceOf("back", functions)]);
    const toBack = typedClient<typeof functions>(world().channel("back", [back]));
    const { calls } = await world().pair({
      async go(): Promise<void> {
        detached(() => void toBack.hold().catch(() => {}));
        await Promise.all([toBack.hold(), toBack.hold()]);
      },
    });
    const giveUp = new AbortController();
    const failing = failureOf(calls.with({ signal: giveUp.signal }).go());
    await until(() => seen.running === 3);
    giveUp.abort();
    expect(await failing).toMatchObject({ code: "cancelled" });
    await until(() => seen.reasons.length === 2);
    await turns();
    expect(seen.reasons).toHaveLength(2);
  });

  it("RPC-5.5 refuses calls that a handler makes after its own was cancelled", async () => {
    const { seen, functions } = held();
    const back = await world().provide([serviceOf("back", functions)]);
    const toBack = typedClient<typeof functions>(world().channel("back", [back]));
    const outcome = deferred<unknown>();
    let running = false;
    const { calls } = await world().pair({
      async go(): Promise<void> {
        const { signal } = call();
        running = true;
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        outcome.resolve(await failureOf(toBack.hold()));
      },
    });
    const giveUp = new AbortController();
    const failing = failureOf(calls.with({ signal: giveUp.signal }).go());
    await until(() => running);
    giveUp.abort();
    await failing;
    expect(await outcome.promise).toMatchObject({ code: "cancelled" });
    expect(seen.running).toBe(0);
  });

  it("leaves nothing behind on a signal that outlives its calls", async () => {
    const { calls } = await world().pair({ echo: async (value: number) => value });
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = new Proxy(signal, {
      get(target, name) {
        if (name === "addEventListener") return () => listeners++;
        if (name === "removeEventListener") return () => listeners--;
        return Reflect.get(target, name) as unknown;
      },
    });
    for (let value = 0; value < 10; value++) await calls.with({ signal: counted }).echo(value);
    expect(listeners).toBe(0);
  });
});
