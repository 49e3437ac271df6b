import type { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import type { Channel } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { encodeApart } from "../src/wire/codec.js";
import { decodeFailure } from "../src/wire/failure.js";
import { frameKinds } from "../src/wire/frame.js";
import { frame } from "./support/frames.js";
import { RawPeer } from "./support/raw-peer.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, type Provider, serviceOf, type World } from "./support/world.js";

/** A provider whose `hold` lasts until released, and whose `quick` does not. */
async function holding(world: World, name: string, service = "grading") {
  const seen = { running: 0, executed: 0, aborted: [] as unknown[] };
  const gate = deferred();
  const implementation = {
    async hold(): Promise<string> {
      seen.running++;
      seen.executed++;
      const { signal } = call();
      signal.addEventListener("abort", () => seen.aborted.push(signal.reason));
      await gate.promise;
      seen.running--;
      return name;
    },
    async quick(): Promise<string> {
      seen.executed++;
      return name;
    },
    async take(bytes: Buffer): Promise<number> {
      seen.executed++;
      return bytes.length;
    },
  };
  const provider = await world.provide([serviceOf(service, implementation)], { instance: name });
  return { provider, seen, gate };
}

async function connected(world: World, service: string, providers: readonly Provider[]): Promise<Channel> {
  const channel = world.channel(service, providers);
  channel.connect();
  await until(() => channel.links.every(({ status }) => status === "ready"));
  return channel;
}

/** Until the notice of a drain is over: found out by asking. */
async function refusing(world: World, provider: Provider): Promise<void> {
  const peer = await RawPeer.dial(world, provider);
  await peer.greet();
  let stream = 0;
  do {
    peer.request(++stream, 1, []);
    await until(() => peer.frames.some((each) => each.stream === stream));
  } while (!peer.frames.some(({ kind }) => kind === frameKinds.failure));
  peer.hangUp();
}

overEachNetwork("a drain", (world) => {
  it("LOAD-7 RPC-DRAIN-1 RPC-DRAIN-3 RPC-DRAIN-10 tells every caller, waits for their word, and prints what it came to", async () => {
    const { provider, seen } = await holding(world(), "a");
    const channels = await Promise.all([1, 2, 3].map(() => connected(world(), "grading", [provider])));
    for (const channel of channels) await channel.call("quick", []);
    const receipt = await provider.server.drain(["grading"]);
    expect(receipt).toMatchObject({
      services: ["grading"],
      told: 3,
      acknowledged: 3,
      finished: 0,
      refused: 0,
      abandoned: 0,
    });
    expect(receipt.tookMs).toBeGreaterThanOrEqual(0);
    const error = (await failureOf(
      channels[0]?.call("quick", [], { wait: false }) as Promise<unknown>,
    )) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE" });
    expect(error.message).toContain("1 leaving");
    expect(seen.executed).toBe(3);
  });

  it("RPC-DRAIN-2 RPC-DRAIN-6 lets what runs end while everything new goes elsewhere", async () => {
    const [leaving, staying] = [await holding(world(), "leaving"), await holding(world(), "staying")];
    const channel = await connected(world(), "grading", [leaving.provider, staying.provider]);
    const held: Promise<unknown>[] = [];
    while (leaving.seen.running < 5) {
      held.push(channel.call("hold", []));
      await turns(2);
    }
    const draining = leaving.provider.server.drain(["grading"]);
    let isOver = false;
    void draining.then(() => (isOver = true));
    await until(() => leaving.provider.server.leaving.length === 1);
    await turns();
    for (let sent = 0; sent < 50; sent++) expect(await channel.call("quick", [])).toBe("staying");
    expect(isOver).toBe(false);
    leaving.gate.resolve();
    staying.gate.resolve();
    expect(await draining).toMatchObject({ told: 1, acknowledged: 1, finished: 5, refused: 0, abandoned: 0 });
    expect(new Set(await Promise.all(held))).toEqual(new Set(["leaving", "staying"]));
  });

  it("RPC-DRAIN-3 RPC-DRAIN-4 serves every request that its callers had begun to send, however large", async () => {
    const { provider, seen } = await holding(world(), "only");
    const channel = await connected(world(), "grading", [provider]);
    const sent = Array.from({ length: 4 }, () => channel.call("take", [Buffer.alloc(3_000_000)]));
    await turns(1);
    const draining = provider.server.drain(["grading"]);
    expect(await Promise.all(sent)).toEqual([3_000_000, 3_000_000, 3_000_000, 3_000_000]);
    expect(await draining).toMatchObject({ acknowledged: 1, refused: 0, abandoned: 0 });
    await provider.server.close();
    expect(seen.executed).toBe(4);
  });

  it("RPC-DRAIN-4 RPC-RETRY-1 refuses what comes too late, and that goes elsewhere, outside the budget", async () => {
    const [leaving, staying] = [await holding(world(), "leaving"), await holding(world(), "staying")];
    const channel = await connected(world(), "grading", [leaving.provider, staying.provider]);
    const held: Promise<unknown>[] = [];
    while (leaving.seen.running === 0) {
      held.push(channel.call("hold", []));
      await turns(2);
    }
    const hear = world().tap.deafen(leaving.provider.endpoint.address);
    const draining = leaving.provider.server.drain(["grading"], { noticeMs: 0 });
    await refusing(world(), leaving.provider);
    const sent = Array.from({ length: 800 }, () => channel.call("quick", []));
    await turns();
    hear();
    expect(await Promise.all(sent)).toEqual(Array.from({ length: 800 }, () => "staying"));
    leaving.gate.resolve();
    staying.gate.resolve();
    await Promise.all(held);
    const receipt = await draining;
    expect(receipt).toMatchObject({ abandoned: 0, acknowledged: 0 });
    expect(receipt.refused).toBeGreaterThan(300); // the budget would pay for a hundred and some
  });

  it("RPC-DRAIN-4 waits no longer than the notice for a caller that says nothing, and then refuses it", async () => {
    const { provider, seen } = await holding(world(), "only");
    const silent = await RawPeer.dial(world(), provider);
    await silent.greet();
    const draining = provider.server.drain(["grading"], { noticeMs: 20 });
    const told = await silent.frame(frameKinds.drain);
    expect(told.payload).toEqual(encodeApart(["grading"]));
    silent.request(1, 1, []);
    const early = await silent.frame(frameKinds.response, 1); // within the notice
    expect(early.kind).toBe(frameKinds.response);
    expect(await draining).toMatchObject({ told: 1, acknowledged: 0, finished: 1, refused: 0 });
    silent.request(3, 1, []);
    const { payload } = await silent.frame(frameKinds.failure, 3);
    expect(decodeFailure(payload, 0, payload.length)).toMatchObject({
      code: "unavailable",
      options: { reason: "DRAINING", notExecuted: true },
    });
    expect(seen.executed).toBe(1);
    silent.hangUp();
  });

  it("RPC-DRAIN-4 takes a caller that hangs up for one that has gone", async () => {
    const { provider } = await holding(world(), "only");
    const silent = await RawPeer.dial(world(), provider);
    await silent.greet();
    const draining = provider.server.drain(["grading"], { noticeMs: 1e9 });
    await silent.frame(frameKinds.drain);
    silent.hangUp();
    expect(await draining).toMatchObject({ told: 1, acknowledged: 1 });
  });

  it("RPC-DRAIN-6 abandons, without a promise, what has not ended in time, and tells its handler", async () => {
    const { provider, seen, gate } = await holding(world(), "only");
    const channel = await connected(world(), "grading", [provider]);
    const failing = [1, 2, 3].map(() => failureOf(channel.call("hold", [])));
    await until(() => seen.running === 3);
    expect(await provider.server.drain(["grading"], { timeoutMs: 10 })).toMatchObject({ finished: 0, abandoned: 3 });
    for (const each of failing) {
      expect(await each).toMatchObject({ code: "unavailable", notExecuted: false });
    }
    expect(seen.aborted).toHaveLength(3);
    gate.resolve();
    await turns();
  });

  it("RPC-15 drains two services of one process separately", async () => {
    const { provider } = await holding(world(), "only", "grading");
    provider.server.offer(serviceOf("log", { append: async () => "logged" }));
    const client = world().client();
    const [toGrading, toLog] = [client.channel("grading"), client.channel("log")];
    for (const channel of [toGrading, toLog]) {
      channel.update([provider.endpoint]);
      await channel.ready();
    }
    expect(await provider.server.drain(["grading"])).toMatchObject({ services: ["grading"], told: 1, acknowledged: 1 });
    expect(await toLog.call("append", [])).toBe("logged");
    expect(await failureOf(toGrading.call("quick", [], { wait: false }))).toMatchObject({ reason: "NO_INSTANCE" });
    expect(await provider.server.drain(["log"])).toMatchObject({ services: ["log"], acknowledged: 1 });
    expect(await failureOf(toLog.call("append", [], { wait: false }))).toMatchObject({ reason: "NO_INSTANCE" });
    expect(provider.server.connections).toBe(1);
  });

  it("RPC-DRAIN-7 tells those who connect meanwhile, and they never pick it", async () => {
    const [leaving, staying] = [await holding(world(), "leaving"), await holding(world(), "staying")];
    const early = await connected(world(), "grading", [leaving.provider]);
    const held = early.call("hold", []);
    await until(() => leaving.seen.running === 1);
    const draining = leaving.provider.server.drain(["grading"]);
    await turns();
    const late = await connected(world(), "grading", [leaving.provider, staying.provider]);
    for (let sent = 0; sent < 30; sent++) expect(await late.call("quick", [])).toBe("staying");
    leaving.gate.resolve();
    await held;
    expect(await draining).toMatchObject({ told: 1, acknowledged: 1, finished: 1, refused: 0 });
  });

  it("RPC-DRAIN-9 can be followed by a new offer, which is picked again", async () => {
    const { provider } = await holding(world(), "only");
    const channel = await connected(world(), "grading", [provider]);
    await provider.server.drain(["grading"]);
    const waiting = channel.call("quick", []);
    provider.server.withdraw("grading");
    provider.server.offer(serviceOf("grading", { quick: async () => "again" }));
    expect(await waiting).toBe("again");
    expect(world().tap.dials).toBe(1);
  });

  it("ends also when it is asked for twice, or for what is not offered", async () => {
    const { provider, seen, gate } = await holding(world(), "only");
    const channel = await connected(world(), "grading", [provider]);
    const held = channel.call("hold", []);
    await until(() => seen.running === 1);
    const both = [provider.server.drain(["grading"]), provider.server.drain(["grading"])];
    await turns();
    gate.resolve();
    await held;
    for (const receipt of await Promise.all(both)) expect(receipt).toMatchObject({ finished: 1, abandoned: 0 });
    expect(await provider.server.drain(["nobody"])).toMatchObject({ services: [], abandoned: 0 });
    expect(await provider.server.drain(["grading"])).toMatchObject({ finished: 0, refused: 0 });
  });

  it("does not wait for calls whose callers are gone or gave up", async () => {
    const { provider, seen } = await holding(world(), "only");
    const channel = await connected(world(), "grading", [provider]);
    const giveUp = new AbortController();
    const failing = [
      failureOf(channel.call("hold", [])),
      failureOf(channel.call("hold", [], { signal: giveUp.signal })),
    ];
    await until(() => seen.running === 2);
    const draining = provider.server.drain(["grading"], { timeoutMs: 1e9 });
    giveUp.abort();
    await turns();
    world().tap.cut();
    expect(await draining).toMatchObject({ finished: 0, abandoned: 0 });
    await Promise.all(failing);
  });

  it("RPC-FRAME-5 takes no answer for services that it did not ask about", async () => {
    const { provider } = await holding(world(), "only");
    const peer = await RawPeer.dial(world(), provider);
    await peer.greet();
    const draining = provider.server.drain(["grading"], { noticeMs: 1e9 });
    let isOver = false;
    void draining.then(() => (isOver = true));
    peer.say(frame(frameKinds.drained, 0, encodeApart(["log"])));
    await turns();
    expect(isOver).toBe(false);
    peer.say(frame(frameKinds.drained, 0, encodeApart(["grading"])));
    expect(await draining).toMatchObject({ told: 1, acknowledged: 1 });
    peer.hangUp();
  });

  it("LOAD-7 loses no call when instances are replaced one after another under steady calls", async () => {
    let serial = 0;
    const start = async () => await holding(world(), `instance ${++serial}`);
    let fleet = [await start(), await start()];
    const channel = await connected(
      world(),
      "grading",
      fleet.map(({ provider }) => provider),
    );
    const announce = (): void => channel.update(fleet.map(({ provider }) => provider.endpoint));
    const traffic = { isOver: false, answered: 0 };
    const callers = Array.from({ length: 20 }, async () => {
      while (!traffic.isOver) {
        await channel.call("quick", []);
        traffic.answered++;
      }
    });
    for (let replaced = 0; replaced < 10; replaced++) {
      const [oldest, ...others] = fleet;
      fleet = [...others, await start()];
      announce();
      const before = traffic.answered;
      expect(await oldest?.provider.server.drain(["grading"])).toMatchObject({
        told: 1,
        acknowledged: 1,
        abandoned: 0,
      });
      await oldest?.provider.server.close();
      await until(() => traffic.answered > before + 50);
    }
    traffic.isOver = true;
    await Promise.all(callers);
    expect(traffic.answered).toBeGreaterThan(500);
  });
});
