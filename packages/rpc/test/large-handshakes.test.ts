import { expect, it } from "vitest";
import { until } from "./support/until.js";
import { overEachNetwork, serviceOf } from "./support/world.js";

overEachNetwork("what a connection says of itself", (world) => {
  it("RPC-LARGE-3 may be long: hello, welcome, table, drain and its answer are cut like any message", async () => {
    const functions = Object.fromEntries(
      Array.from({ length: 3000 }, (_, at) => [`aMethodWithALongName${at}`, async () => at]),
    );
    const names = Array.from({ length: 200 }, (_, at) => `${at} ${"a service with a long name ".repeat(8)}`);
    const provider = await world().provide([serviceOf("first", functions)]);
    const channel = world().channel("first", [provider], { identity: { name: "x".repeat(50_000), proof: "none" } });
    expect(await channel.call("aMethodWithALongName2999", [])).toBe(2999);
    for (const name of names) provider.server.offer(serviceOf(name, { only: async () => name }));
    await until(() => provider.server.services.length === 201);
    expect(await channel.call("aMethodWithALongName0", [])).toBe(0);
    expect(await provider.server.drain(["first", ...names], { noticeMs: 60_000 })).toMatchObject({
      told: 1,
      acknowledged: 1,
      abandoned: 0,
    });
    expect(world().tap.dials).toBe(1);
  });
});
