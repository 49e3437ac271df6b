import { beforeEach, describe, expect, it } from "vitest";
import { type ConsumerRecord, keepingLimits, layout, Requirement, readSystem } from "../src/internal.js";
import type { SimulatedClient } from "./simulation/simulated-client.js";
import { World } from "./simulation/world.js";

const key = layout("test").consumer("grading", "c1");
const portal: ConsumerRecord = {
  id: "c1",
  name: "portal",
  host: "school-1",
  pid: 1,
  since: "2026-11-20T12:00:00.000Z",
};

let world: World;
let client: SimulatedClient;

beforeEach(() => {
  world = new World();
  client = world.store.client();
});

function requirementOf(own: Partial<ConsumerRecord> = {}): Requirement {
  return new Requirement(client, "test", "grading", { ...portal, ...own }, world.surroundings);
}

async function started(own: Partial<ConsumerRecord> = {}): Promise<Requirement> {
  const requirement = requirementOf(own);
  const listed = requirement.start();
  await world.settle();
  await listed;
  return requirement;
}

describe("a requirement", () => {
  it("DISC-4.3 lists the consumer under the service that it requires", async () => {
    const requirement = await started({ version: "1.0.0", address: "tcp://127.0.0.1:5000" });
    expect(requirement.service).toBe("grading");
    expect(requirement.status.kind).toBe("listed");
    const view = readSystem(client, "test");
    await world.settle();
    await world.settle();
    const [service] = (await view).services;
    expect(service).toMatchObject({ name: "grading", instances: [] });
    expect(service?.consumers).toEqual([{ ...portal, version: "1.0.0", address: "tcp://127.0.0.1:5000" }]);
  });

  it("DISC-6.1 needs no provider to be there", async () => {
    await started();
    expect([...world.store.entries.keys()]).toEqual([key]);
  });

  it("DISC-4.3 is back after its session expired and after the store was wiped", async () => {
    await started();
    await world.pass(5000);
    client.expire();
    await world.pass(keepingLimits.returnSpreadMs);
    expect(world.store.entries.get(key)?.owner).toBe("s2");
    await world.pass(5000);
    world.store.wipe();
    await world.settle();
    expect(world.store.entries.has(key)).toBe(true);
  });

  it("goes in order", async () => {
    const requirement = await started();
    const left = requirement.leave();
    await world.settle();
    await left;
    expect(world.store.entries.size).toBe(0);
    expect([client.listeners, world.clock.pending]).toEqual([0, 0]);
  });

  it("stands as long as one of two that the same process declared does", async () => {
    const [one] = [await started(), await started()];
    world.news();
    await world.pass(20_000);
    expect(world.news()).toEqual([]);
    const left = one.leave();
    await world.settle();
    await left;
    await world.settle();
    expect(world.store.entries.has(key)).toBe(true);
  });

  it("refuses a consumer or a service that cannot be part of a key", () => {
    expect(() => requirementOf({ id: "a/b" })).toThrow("cannot name a consumer");
    expect(() => new Requirement(client, "test", "a b", portal, world.surroundings)).toThrow("cannot name a service");
    expect(() => requirementOf({ name: "x".repeat(600) })).toThrow('"name"');
  });
});
