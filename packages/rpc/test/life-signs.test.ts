import { ManualClock } from "@skylark/core/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "./support/until.js";
import { serviceOf, World } from "./support/world.js";

describe("what a client hears of an instance over its connection", () => {
  let world: World;
  let clock: ManualClock;

  beforeEach(() => {
    clock = new ManualClock();
    world = new World("memory", clock);
  });

  afterEach(() => world.close());

  async function connected() {
    const provider = await world.provide([
      serviceOf("one", { run: async () => 1 }),
      serviceOf("two", { run: async () => 2 }),
    ]);
    const client = world.client();
    const channel = client.channel("one");
    channel.update([provider.endpoint]);
    return { provider, client, channel, endpoint: provider.endpoint };
  }

  it("is nothing without a connection, nor of another instance at the same address", async () => {
    const { client, channel, endpoint } = await connected();
    expect(client.silentMs("one", endpoint)).toBeUndefined();
    client.ask(endpoint);
    await channel.ready();
    expect(client.silentMs("one", endpoint)).toBe(0);
    expect(client.silentMs("one", { ...endpoint, id: "another" })).toBeUndefined();
  });

  it("grows old while nobody speaks, and is new once a question is answered", async () => {
    const { client, channel, endpoint } = await connected();
    await channel.ready();
    clock.advance(3000);
    expect(client.silentMs("one", endpoint)).toBe(3000);
    client.ask(endpoint);
    await until(() => client.silentMs("one", endpoint) === 0);
  });

  it("ends with the connection", async () => {
    const { client, channel, endpoint } = await connected();
    await channel.ready();
    expect(client.silentMs("one", endpoint)).toBe(0);
    world.tap.cut();
    await until(() => client.silentMs("one", endpoint) === undefined);
  });

  it("is over for the service that leaves, not for the other one of the same instance", async () => {
    const { provider, client, channel, endpoint } = await connected();
    await channel.ready();
    const drained = provider.server.drain(["one"], { noticeMs: 0, timeoutMs: 0 });
    await until(() => client.silentMs("one", endpoint) === undefined);
    expect(client.silentMs("two", endpoint)).toBe(0);
    clock.advance(1000);
    await drained;
  });
});
