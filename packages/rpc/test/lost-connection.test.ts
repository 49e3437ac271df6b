import type { SkylarkError } from "@skylark/core";
import { deferred, ManualClock } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import { type Channel, connect, defaultKeepAlive, typedClient } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, type Provider, serviceOf, World } from "./support/world.js";

/** A provider that counts what it executes; calls last until released. */
async function counting(world: World, instance: string) {
  const seen = { executed: 0, aborted: [] as unknown[] };
  const gate = deferred();
  const hold = async (): Promise<string> => {
    seen.executed++;
    const { signal } = call();
    signal.addEventListener("abort", () => seen.aborted.push(signal.reason));
    await gate.promise;
    return instance;
  };
  const implementation = { once: hold, twice: async () => await hold() };
  const provider = await world.provide([serviceOf("service", implementation, { idempotent: ["twice"] })], { instance });
  return { seen, gate, provider };
}

function inFlight(channel: Channel, { endpoint }: Provider): number {
  return channel.links.find(({ id }) => id === endpoint.id)?.inFlight ?? 0;
}

overEachNetwork("a lost connection", (world) => {
  it("RPC-3.5 RPC-ALIVE-4 ends all its calls at once, unknown, and none of them runs twice", async () => {
    const { seen, provider } = await counting(world(), "only");
    const channel = world().channel("service", [provider]);
    const failing = Array.from({ length: 100 }, () => failureOf(channel.call("once", [])));
    await until(() => seen.executed === 100);
    world().tap.cut();
    for (const each of failing) {
      const error = (await each) as SkylarkError;
      expect(error).toMatchObject({ code: "unknown", reason: "CONNECTION_LOST", notExecuted: false });
      expect(error.message).toContain("service.once was sent and may have run");
    }
    await turns();
    expect(seen.executed).toBe(100);
  });

  it("tells the handlers, whose answers nobody waits for any more", async () => {
    const { seen, gate, provider } = await counting(world(), "only");
    const channel = world().channel("service", [provider]);
    const failing = failureOf(channel.call("once", []));
    await until(() => seen.executed === 1);
    world().tap.cut();
    await failing;
    channel.update([]); // else it dials again
    await until(() => seen.aborted.length === 1);
    expect(seen.aborted[0]).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    await until(() => provider.server.connections === 0);
    expect(provider.resources.deadlines.size).toBe(0);
    gate.resolve(); // its late answer goes nowhere
    await turns();
  });

  it("RPC-7.1 RPC-7.2 RPC-7.6 lets idempotent calls go on elsewhere, and only those", async () => {
    const [first, second] = [await counting(world(), "first"), await counting(world(), "second")];
    const channel = world().channel("service", [first.provider]);
    await channel.ready();
    const twice = Array.from({ length: 20 }, () => channel.call("twice", []));
    const once = Array.from({ length: 20 }, () => failureOf(channel.call("once", [])));
    await until(() => first.seen.executed === 40);
    channel.update([first.provider.endpoint, second.provider.endpoint]);
    second.gate.resolve();
    await channel.ready();
    world().tap.cut(first.provider.endpoint.address);
    expect(await Promise.all(twice)).toEqual(Array.from({ length: 20 }, () => "second"));
    for (const each of once) expect(await each).toMatchObject({ code: "unknown", reason: "CONNECTION_LOST" });
    expect(second.seen.executed).toBe(20);
    expect(first.seen.executed).toBe(40);
  });

  it("is made anew by itself, and idempotent calls wait for that", async () => {
    const { seen, gate, provider } = await counting(world(), "only");
    const channel = world().channel("service", [provider]);
    const twice = channel.call("twice", []);
    await until(() => seen.executed === 1);
    world().tap.cut();
    await until(() => seen.executed === 2);
    gate.resolve();
    expect(await twice).toBe("only");
    expect(world().tap.dials).toBe(2);
    expect(inFlight(channel, provider)).toBe(0);
  });

  it("RPC-RETRY-5 goes back to the only instance, but first to another", async () => {
    const all = [await counting(world(), "a"), await counting(world(), "b"), await counting(world(), "c")];
    const channel = world().channel(
      "service",
      all.map(({ provider }) => provider),
    );
    channel.connect();
    await until(() => channel.links.every(({ status }) => status === "ready"));
    const twice = channel.call("twice", []);
    const executed = (): number => all.reduce((sum, { seen }) => sum + seen.executed, 0);
    for (const attempt of [1, 2]) {
      await until(() => executed() === attempt);
      const busy = all.find(({ provider }) => inFlight(channel, provider) > 0);
      world().tap.cut(busy?.provider.endpoint.address);
    }
    await until(() => executed() === 3);
    expect(all.map(({ seen }) => seen.executed)).toEqual([1, 1, 1]);
    for (const { gate } of all) gate.resolve();
    await twice;
  });

  it("RPC-DRAIN-8 ends calls as lost when the other side says goodbye", async () => {
    const { seen, provider } = await counting(world(), "only");
    const failing = failureOf(world().channel("service", [provider]).call("once", []));
    await until(() => seen.executed === 1);
    await provider.server.close();
    const error = (await failing) as SkylarkError;
    expect(error).toMatchObject({ code: "unknown", reason: "CONNECTION_LOST" });
    expect(error.message).toContain("instance only has closed");
  });

  it("RPC-DRAIN-8 lets answers that were given before a close arrive whole, however large", async () => {
    const gate = deferred();
    let running = 0;
    const { calls, provider } = await world().pair({
      async large(): Promise<Buffer> {
        running++;
        await gate.promise;
        return Buffer.alloc(3_000_000, 7);
      },
    });
    const replies = Array.from({ length: 5 }, () => calls.large());
    await until(() => running === 5);
    gate.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await turns(1);
    await provider.server.close();
    for (const each of replies) expect((await each).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
  });

  it("ends the calls of a client that closes, and answers later ones at once", async () => {
    const { seen, provider } = await counting(world(), "only");
    const client = world().client();
    const channel = client.channel("service");
    channel.update([provider.endpoint]);
    const failing = failureOf(channel.call("once", []));
    await until(() => seen.executed === 1);
    const waiting = failureOf(client.channel("elsewhere").call("any", [], { timeoutMs: Number.POSITIVE_INFINITY }));
    client.close();
    expect(await failing).toMatchObject({ code: "unknown", reason: "CONNECTION_LOST" });
    expect(await waiting).toMatchObject({ code: "cancelled" });
    expect(await failureOf(channel.call("once", []))).toMatchObject({ code: "cancelled", notExecuted: true });
    channel.update([provider.endpoint]);
    await turns();
    expect(world().tap.dials).toBe(1);
    await until(() => provider.server.connections === 0);
  });
});

overEachNetwork("a dial", (world) => {
  const options = {
    identity: { name: "tester", proof: "none" },
    instance: undefined,
    keepAlive: defaultKeepAlive,
    messageBytesMax: 1000,
    connectTimeoutMs: 3000,
  } as const;
  const nobody = (): { draining(): void; closed(): void } => ({ draining() {}, closed() {} });

  it("that is given up in the very moment it succeeds leaves no connection behind", async () => {
    const { provider } = await counting(world(), "only");
    const giveUp = new AbortController();
    const dial = async (address: string, signal: AbortSignal) => {
      const wire = await world().tap.dial(address, signal);
      giveUp.abort();
      return wire;
    };
    const transport = { dial, listen: world().tap.listen };
    const { address } = provider.endpoint;
    await expect(
      connect(transport, address, options, world().resources(), nobody, giveUp.signal),
    ).rejects.toMatchObject({ code: "cancelled" });
    await until(() => provider.server.connections === 0 && world().tap.open().length === 0);
  });

  it("RPC-HELLO-7 is given up in time where nobody shakes hands", async () => {
    const clock = new ManualClock();
    const silent = new World(world().network, clock);
    const address = world().network === "memory" ? "memory://mute" : "tcp://127.0.0.1:0";
    let accepted = 0;
    const listener = await silent.tap.listen(address, () => accepted++);
    const resources = silent.resources();
    const failing = failureOf(
      connect(silent.tap, listener.address, options, resources, nobody, new AbortController().signal),
    );
    await until(() => accepted === 1 && resources.liveness.size === 1);
    clock.advance(3100);
    expect(await failing).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    for (const wire of silent.tap.open()) wire.destroy();
    await listener.close();
    await silent.close();
  });
});

describe.each(["memory", "tcp"] as const)("a peer that is silently gone, over %s", (network) => {
  it("RPC-3.6 RPC-ALIVE-1 RPC-ALIVE-2 is noticed on both sides, and calls end", async () => {
    const clock = new ManualClock();
    const world = new World(network, clock);
    const { seen, provider } = await counting(world, "only");
    const calls = typedClient<{ once(): Promise<string> }>(world.channel("service", [provider]));
    const failing = failureOf(calls.with({ timeoutMs: Number.POSITIVE_INFINITY }).once());
    await until(() => seen.executed === 1);
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      await turns(); // pings and pongs pass
    }
    expect(world.tap.dials).toBe(1);
    world.tap.silence();
    for (let second = 0; second < 11; second++) {
      clock.advance(1000);
      await turns();
    }
    const error = (await failing) as SkylarkError;
    expect(error).toMatchObject({ code: "unknown", reason: "CONNECTION_LOST" });
    expect(error.message).toContain("has not been heard of for 5000 ms");
    await until(() => seen.aborted.length === 1);
    expect(seen.aborted[0]).toMatchObject({ reason: "CONNECTION_LOST" });
    await world.close();
  });
});
