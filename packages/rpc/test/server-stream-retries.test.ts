import { SkylarkError } from "@skylark/core";
import { call } from "@skylark/rpc";
import { ambientCall, type Channel } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { connected, refusing } from "./support/draining.js";
import { all } from "./support/server-streams.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, type Provider, serviceOf, type World } from "./support/world.js";

interface Opened {
  readonly attempt: number;
  readonly descendsFromRetry: boolean;
}

/** Instances whose stream says what it is told to, and then fails, or waits to be ended. */
async function instances(
  world: World,
  count: number,
  { says = [] as readonly string[], fails = true, idempotent = true } = {},
): Promise<{ opened: Opened[]; providers: Provider[] }> {
  const opened: Opened[] = [];
  const implementation = {
    async *watch(): AsyncGenerator<string> {
      opened.push({ attempt: call().attempt, descendsFromRetry: ambientCall()?.descendsFromRetry === true });
      yield* says;
      if (fails) throw new SkylarkError("unavailable", "not now");
      await new Promise((resolve) => call().signal.addEventListener("abort", resolve));
    },
    async quick(): Promise<string> {
      return "quick";
    },
  };
  const service = serviceOf("back", implementation, { idempotent: idempotent ? ["watch"] : [] });
  const providers = await Promise.all(Array.from({ length: count }, () => world.provide([service])));
  return { opened, providers };
}

const watch = (channel: Channel) => channel.stream("watch", []);

overEachNetwork("server streams and retries", (world) => {
  it("RPC-SERVER-STREAM-9 are opened again as a call is made again, where the method is idempotent and nothing came", async () => {
    const { opened, providers } = await instances(world(), 5);
    const error = (await failureOf(all(watch(world().channel("back", providers))))) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", retriesSpent: true });
    expect(error.message).toBe("not now (not tried again: 3 attempts were made)");
    expect(opened).toEqual([
      { attempt: 1, descendsFromRetry: false },
      { attempt: 2, descendsFromRetry: true },
      { attempt: 3, descendsFromRetry: true },
    ]);
  });

  it("RPC-SERVER-STREAM-9 are not opened again once a message came", async () => {
    const { opened, providers } = await instances(world(), 5, { says: ["first"] });
    const read: unknown[] = [];
    const reading = (async () => {
      for await (const message of watch(world().channel("back", providers))) read.push(message);
    })();
    expect(await failureOf(reading)).toMatchObject({ code: "unavailable", message: "not now", retriesSpent: false });
    expect([read, opened.length]).toEqual([["first"], 1]);
  });

  it("RPC-SERVER-STREAM-9 are not opened again where their method is not idempotent", async () => {
    const { opened, providers } = await instances(world(), 5, { idempotent: false });
    const error = await failureOf(all(watch(world().channel("back", providers))));
    expect(error).toMatchObject({ code: "unavailable", message: "not now", retriesSpent: false, notExecuted: false });
    expect(opened).toHaveLength(1);
  });

  it.each([true, false])(
    "RPC-SERVER-STREAM-9 survive the loss of a quiet connection (idempotent: %s)",
    async (idempotent) => {
      const { opened, providers } = await instances(world(), 2, { fails: false, idempotent });
      const channel = await connected(world(), "back", providers);
      const stream = watch(channel);
      const first = stream.next();
      const ended = first.catch((thrown: unknown) => thrown);
      await until(() => opened.length === 1);
      await turns();
      const [used] = channel.links.filter(({ inFlight }) => inFlight > 0);
      world().tap.cut(used?.address);
      if (idempotent) {
        await until(() => opened.length === 2);
        expect(opened[1]).toEqual({ attempt: 2, descendsFromRetry: true });
        await stream.return();
        expect(await ended).toEqual({ value: undefined, done: true });
      } else {
        expect(await ended).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST", notExecuted: false });
        expect(opened).toHaveLength(1);
      }
    },
  );

  it("RPC-SERVER-STREAM-8 RPC-SERVER-STREAM-9 go elsewhere, outside the budget, where an instance refuses because it leaves", async () => {
    const leaving = await instances(world(), 1, { says: ["leaving"], fails: false, idempotent: false });
    const staying = await instances(world(), 1, { says: ["staying"], fails: false, idempotent: false });
    const [provider] = leaving.providers as [Provider];
    const channel = await connected(world(), "back", [provider, ...staying.providers]);
    const hear = world().tap.deafen(provider.endpoint.address);
    const draining = provider.server.drain(["back"], { noticeMs: 0 });
    await refusing(world(), provider);
    const streams = Array.from({ length: 100 }, () => watch(channel));
    const first = Promise.all(streams.map((stream) => stream.next()));
    await turns();
    hear();
    expect(new Set((await first).map(({ value }) => value))).toEqual(new Set(["staying"]));
    expect(leaving.opened).toHaveLength(0);
    expect(staying.opened.every(({ descendsFromRetry }) => !descendsFromRetry)).toBe(true);
    expect(staying.opened.filter(({ attempt }) => attempt === 2).length).toBeGreaterThan(0);
    await draining;
    await Promise.all(streams.map((stream) => stream.return()));
  });
});
