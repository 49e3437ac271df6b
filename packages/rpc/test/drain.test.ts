import type { SkylarkError } from "@skylark/core";
import { ManualClock } from "@skylark/core/internal";
import { expect, it } from "vitest";
import { encodeApart } from "../src/wire/codec.js";
import { decodeFailure } from "../src/wire/failure.js";
import { frameKinds } from "../src/wire/frame.js";
import { connected, holding, refusing } from "./support/draining.js";
import { RawPeer } from "./support/raw-peer.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, World } from "./support/world.js";

overEachNetwork("a drain", (world) => {
  it("LOAD-7.3 LOAD-7.6 RPC-DRAIN-1 RPC-DRAIN-3 RPC-DRAIN-10 tells every caller, waits for their word, and prints what it came to", async () => {
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

  it("LOAD-7.4 RPC-DRAIN-2 RPC-DRAIN-6 lets what runs end while everything new goes elsewhere", async () => {
    const [leaving, staying] = [await holding(world(), "leaving"), await holding(world(), "staying")];
    const channel = await connected(world(), "grading", [leaving.provider, staying.provider]);
    const held: Promise<unknown>[] = [];
    while (leaving.seen.running < 5) {
      held.push(channel.call("hold", []));
      await until(() => leaving.seen.running + staying.seen.running === held.length); // none is still on its way
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

  it("LOAD-7.5 RPC-DRAIN-4 RPC-RETRY-1 refuses what comes too late, and that goes elsewhere, outside the budget", async () => {
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
    const clock = new ManualClock();
    const slow = new World(world().network, clock);
    const { provider, seen } = await holding(slow, "only");
    const silent = await RawPeer.dial(slow, provider);
    await silent.greet();
    const draining = provider.server.drain(["grading"], { noticeMs: 1000 });
    const told = await silent.frame(frameKinds.drain);
    expect(told.payload).toEqual(encodeApart(["grading"]));
    silent.request(1, 1, []);
    const early = await silent.frame(frameKinds.response, 1); // within the notice
    expect(early.kind).toBe(frameKinds.response);
    clock.advance(1100);
    expect(await draining).toMatchObject({ told: 1, acknowledged: 0, finished: 1, refused: 0 });
    silent.request(3, 1, []);
    const { payload } = await silent.frame(frameKinds.failure, 3);
    expect(decodeFailure(payload, 0, payload.length)).toMatchObject({
      code: "unavailable",
      options: { reason: "DRAINING", notExecuted: true },
    });
    expect(seen.executed).toBe(1);
    silent.hangUp();
    await slow.close();
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
});
