import type { Json } from "@skylark/coordination";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ConsumerWatch,
  type InstanceOverride,
  type InstanceRecord,
  layout,
  readSystem,
  type SystemView,
  SystemWatch,
  setOverride,
} from "../src/internal.js";
import type { SimulatedClient } from "./simulation/simulated-client.js";
import { instance, World, watched } from "./simulation/world.js";

const keys = layout("test");
const overrideKey = keys.override("grading", "k3f9");

let world: World;
let client: SimulatedClient;

beforeEach(() => {
  world = new World();
  client = world.store.client();
});

function list(own: Partial<InstanceRecord> = {}): void {
  const record = instance(own);
  world.store.put(keys.instance(record.service, record.address, record.id), record as unknown as Json);
}

/** Lets everything arrive until the promise has ended. */
async function ended<T>(promise: Promise<T>): Promise<T> {
  const seen = watched(promise);
  while (seen.outcome === "pending") await world.settle();
  return promise;
}

function set(change: InstanceOverride): Promise<InstanceOverride | undefined> {
  return ended(setOverride(client, "test", "grading", "k3f9", change));
}

describe("readSystem", () => {
  const read = (): Promise<SystemView> => ended(readSystem(client, "test"));

  it("finds nothing in an empty store", async () => {
    expect(await read()).toEqual({ cluster: "test", services: [] });
  });

  it("DISC-4.3 shows services, instances in rotation or not, overrides and consumers", async () => {
    list();
    list({ id: "b", address: "tcp://127.0.0.1:4001", registered: false });
    list({ service: "log", id: "c" });
    const consumer = { id: "p", name: "portal", host: "h", pid: 1, since: "2026" };
    world.store.put(keys.consumer("queue", "p"), { ...consumer, nonce: "p" });
    world.store.put(overrideKey, { weight: 3 });
    world.store.put(keys.override("grading", "gone"), { registered: false });
    const { services } = await read();
    expect(services.map(({ name, instances }) => [name, instances.map(({ id }) => id)])).toEqual([
      ["grading", ["k3f9", "b"]],
      ["log", ["c"]],
      ["queue", []],
    ]);
    const [grading, , queue] = services;
    expect(grading?.instances.map(({ effective }) => effective)).toEqual([
      { registered: true, weight: 3 },
      { registered: false, weight: 100 },
    ]);
    expect(grading?.overrides).toEqual(
      new Map<string, InstanceOverride>([
        ["gone", { registered: false }],
        ["k3f9", { weight: 3 }],
      ]),
    );
    expect(queue?.consumers).toEqual([consumer]);
  });

  it("DISC-8.1 sees its own cluster alone", async () => {
    world.store.put(layout("other").instance("grading", "tcp://127.0.0.1:1", "k3f9"), instance() as unknown as Json);
    expect((await read()).services).toEqual([]);
  });

  it("names what it does not understand", async () => {
    world.store.put(`${keys.services("grading")}/strange`, {});
    world.store.put(`${keys.consumers("grading")}/c`, null);
    world.store.put(overrideKey, { weight: "much" });
    const [service] = (await read()).services;
    expect(service).toMatchObject({ instances: [], consumers: [] });
    expect(service?.unreadable.toSorted()).toEqual([
      "/skylark/test/consumers/grading/c",
      overrideKey,
      "/skylark/test/services/grading/strange",
    ]);
  });

  it("reads many services without losing one", async () => {
    const names = Array.from({ length: 100 }, (_, n) => `s${n}`);
    for (const service of names) list({ service });
    expect((await read()).services.map(({ name }) => name)).toEqual(names.toSorted());
  });

  it("fails as the store does", async () => {
    const view = readSystem(client, "test");
    client.cut();
    await expect(view).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a system watch", () => {
  it("tells all instances of all services, what others say merged, after each change", async () => {
    list();
    world.store.put(overrideKey, { registered: false });
    const told: string[][] = [];
    const watch = new SystemWatch(
      client,
      "test",
      (instances) => told.push(instances.map(({ service, effective }) => `${service} ${effective.registered}`)),
      world.surroundings,
    );
    client.deliver("event");
    expect(told).toEqual([]);
    await world.settle();
    list({ service: "log" });
    await world.settle();
    world.store.delete(overrideKey);
    await world.settle();
    watch.close();
    world.store.wipe();
    await world.settle();
    expect(told).toEqual([["grading false"], ["grading false", "log true"], ["grading true", "log true"]]);
    expect(client.listeners).toBe(0);
  });

  it("leaves out what stands where no instance does", async () => {
    const record = instance() as unknown as Json;
    world.store.put(`${keys.services()}/grading`, record);
    world.store.put(`${keys.services()}/.hidden/127.0.0.1:4000~k3f9`, { ...instance(), service: ".hidden" } as never);
    world.store.put(`${keys.services("log")}/grading/127.0.0.1:4000~k3f9`, record);
    const told: unknown[] = [];
    const watch = new SystemWatch(client, "test", (instances) => told.push(instances), world.surroundings);
    await world.settle();
    watch.close();
    expect(told).toEqual([[]]);
    expect(world.logged).toHaveLength(3);
  });
});

describe("a watch of consumers", () => {
  it("DISC-4.3 tells who requires what, after each change, and leaves out what nobody understands", async () => {
    const consumer = { id: "p", name: "portal", host: "h", pid: 1, since: "2026" };
    world.store.put(keys.consumer("log", "p"), consumer);
    world.store.put(keys.consumer("log", "strange"), { id: "strange" });
    const told: string[][] = [];
    const watch = new ConsumerWatch(
      client,
      "test",
      (consumers) => told.push(consumers.map(({ service, consumer }) => `${consumer.name} ${service}`)),
      world.surroundings,
    );
    await world.settle();
    world.store.put(keys.consumer("grading", "p"), consumer);
    await world.settle();
    world.store.delete(keys.consumer("log", "p"));
    await world.settle();
    watch.close();
    world.store.wipe();
    await world.settle();
    expect(told).toEqual([["portal log"], ["portal grading", "portal log"], ["portal grading"]]);
    expect(client.listeners).toBe(0);
  });
});

describe("setOverride", () => {
  beforeEach(() => list());

  it("says what it names, keeps the rest, and takes back what is undefined", async () => {
    expect(await set({ registered: false })).toEqual({ registered: false });
    expect(await set({ weight: 5, mark: { why: "slow" } })).toEqual({
      registered: false,
      weight: 5,
      mark: { why: "slow" },
    });
    expect(await set({ registered: undefined, mark: undefined })).toEqual({ weight: 5 });
    expect(world.store.entries.get(overrideKey)?.value).toEqual({ weight: 5 });
  });

  it("leaves no entry that says nothing", async () => {
    await set({ registered: false });
    expect(await set({ registered: undefined })).toBeUndefined();
    expect(world.store.entries.has(overrideKey)).toBe(false);
    expect(await set({ weight: undefined })).toBeUndefined();
    expect(world.store.entries.has(overrideKey)).toBe(false);
  });

  it("loses no word where several write at once", async () => {
    const [one, other] = [world.store.client(), world.store.client()];
    await Promise.all([
      ended(setOverride(one, "test", "grading", "k3f9", { registered: false })),
      ended(setOverride(other, "test", "grading", "k3f9", { weight: 5 })),
      ended(setOverride(client, "test", "grading", "k3f9", { mark: { by: "me" } })),
    ]);
    expect(world.store.entries.get(overrideKey)?.value).toEqual({ registered: false, weight: 5, mark: { by: "me" } });
  });

  it("brings it about although answers are lost", async () => {
    await set({ weight: 5 });
    const done = watched(setOverride(client, "test", "grading", "k3f9", { registered: false }));
    for (let move = 0; move < 5; move++) {
      await new Promise((resolve) => setImmediate(resolve));
      client.deliver("store");
      if (move % 2 === 0) client.deliver("reply");
    }
    client.cut();
    client.reconnect();
    await world.settle();
    expect(done.outcome).toBe("resolved");
    expect(world.store.entries.get(overrideKey)?.value).toEqual({ registered: false, weight: 5 });
  });

  it("keeps fields of a newer version, and nothing of what makes no sense", async () => {
    world.store.put(overrideKey, { weight: 5, colour: "blue" });
    await set({ registered: false });
    expect(world.store.entries.get(overrideKey)?.value).toEqual({ weight: 5, colour: "blue", registered: false });
    world.store.put(overrideKey, "nonsense");
    await set({ registered: false });
    expect(world.store.entries.get(overrideKey)?.value).toEqual({ registered: false });
  });

  it("says which instances there are where the one named is none", async () => {
    const change = { registered: false };
    await expect(ended(setOverride(client, "test", "grading", "k3f8", change))).rejects.toMatchObject({
      code: "not_found",
      message: 'no instance k3f8 of "grading" is listed; listed: k3f9',
    });
    await expect(ended(setOverride(client, "test", "log", "k3f9", change))).rejects.toThrow("none is");
  });

  it("takes back what is said of an instance that is gone", async () => {
    await set({ registered: false });
    world.store.delete(keys.instance("grading", instance().address, "k3f9"));
    await set({ registered: undefined });
    expect(world.store.entries.size).toBe(0);
  });

  it("refuses nonsense before it reaches the store", async () => {
    for (const change of [{ weight: -1 }, { registered: "no" }, { mark: [] }])
      await expect(set(change as unknown as InstanceOverride)).rejects.toMatchObject({ code: "invalid_argument" });
    expect(world.store.entries.has(overrideKey)).toBe(false);
  });
});
