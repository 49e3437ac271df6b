import { readFileSync } from "node:fs";
import { connectionResources, RpcClient, socketTransport, typedClient } from "@skylark/rpc/internal";
import { type InstanceFunctions, instanceServiceName } from "skylark/internal";
import { describe, expect, it } from "vitest";
import { report, trials, until } from "./support/until.js";
import { World } from "./support/world.js";

describe("an instance", () => {
  it("RPC-3.8 serves ten thousand connections at once, each of which is answered", async () => {
    const connections = trials(10_000, 2000);
    await using world = new World();
    const provider = await world.participant("echo");
    const callers = await world.start("many-connections");
    const { instance: id, address } = provider.ready;
    const observer = observe(id, address);
    const before = residentKiB(provider.pid);
    await callers.ask("open", { id, address, count: connections });
    const each = (residentKiB(provider.pid) - before) / connections;
    expect(await observer.connections()).toBe(connections);
    expect(await callers.ask<number>("callAll")).toBe(connections);
    await callers.ask("close");
    await until("the provider has let go of all", 10_000, async () => {
      const left = await observer.connections();
      return left === 0 || `${left} left`;
    });
    observer.close();
    report("many connections", {
      topology: "1 provider, 1 process of callers",
      connections,
      providerKiBEach: Number(each.toFixed(1)),
    });
  }, 180_000);
});

function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Asks the instance how many are connected beside the one who asks. */
function observe(id: string, address: string): { connections(): Promise<number>; close(): void } {
  const identity = { name: "observer", proof: "none" } as const;
  const client = new RpcClient({ identity, transport: socketTransport, resources: connectionResources() });
  const channel = client.channel(instanceServiceName, { timeoutMs: 60_000 });
  channel.update([{ id, address }]);
  const instance = typedClient<InstanceFunctions>(channel);
  return {
    connections: async () => (await instance.describe()).connections - 1,
    close: () => client.close(),
  };
}
