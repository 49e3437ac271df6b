import { expect, it } from "vitest";
import { encodeApart } from "../src/wire/codec.js";
import { frameKinds } from "../src/wire/frame.js";
import { connected, holding } from "./support/draining.js";
import { frame } from "./support/frames.js";
import { RawPeer } from "./support/raw-peer.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, serviceOf } from "./support/world.js";

overEachNetwork("a drain beside other things", (world) => {
  it("RPC-15.2 RPC-DRAIN-2 drains two services of one process separately", async () => {
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
    expect(await provider.server.drain(["nobody"])).toMatchObject({ services: [], told: 0, abandoned: 0 });
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

  it("LOAD-7.1 loses no call when instances are replaced one after another under steady calls", async () => {
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
