import type { Json } from "@skylark/coordination";
import { beforeEach, describe, expect, it } from "vitest";
import { type Directory, DirectoryWatch, type InstanceRecord, layout, select } from "../src/internal.js";
import type { SimulatedClient } from "./simulation/simulated-client.js";
import { instance, World } from "./simulation/world.js";

const keys = layout("test");

let world: World;
let client: SimulatedClient;
let told: Directory[];

beforeEach(() => {
  world = new World();
  client = world.store.client();
  told = [];
});

function open(service = "grading"): DirectoryWatch {
  return new DirectoryWatch(client, "test", service, (directory) => told.push(directory), world.surroundings);
}

async function opened(): Promise<DirectoryWatch> {
  const watch = open();
  await world.settle();
  told.splice(0);
  return watch;
}

function list(own: Partial<InstanceRecord> = {}): InstanceRecord {
  const record = instance(own);
  world.store.put(keys.instance(record.service, record.address, record.id), record as unknown as Json);
  return record;
}

function ids(directory: Directory | undefined): string[] {
  return (directory?.instances ?? []).map(({ id }) => id);
}

describe("a directory", () => {
  it("knows nothing before the store has spoken, and says so", () => {
    const { directory } = open();
    expect(directory).toMatchObject({ service: "grading", instances: [], complete: false, inTouch: false });
    expect(told).toEqual([]);
  });

  it("DISC-4.1 is told once with all that is there, then again with each change", async () => {
    const one = list({ id: "a" });
    const watch = open();
    await world.settle();
    expect(told.map(ids)).toEqual([["a"]]);
    expect(told[0]).toMatchObject({ complete: true, inTouch: true });
    const effective = { registered: true, weight: 100 };
    expect(told[0]?.instances[0]).toEqual({ ...one, override: undefined, effective });
    list({ id: "b", address: "tcp://127.0.0.1:4001" });
    await world.settle();
    list({ id: "a", weight: 7 });
    await world.settle();
    world.store.delete(keys.instance("grading", "tcp://127.0.0.1:4001", "b"));
    await world.settle();
    expect(told.map(ids)).toEqual([["a"], ["a", "b"], ["a", "b"], ["a"]]);
    expect(watch.directory).toBe(told.at(-1));
    expect(watch.directory.instances[0]?.weight).toBe(7);
  });

  it("DISC-4.2 hears of its own service alone", async () => {
    const watch = await opened();
    list({ service: "grading2" });
    list({ service: "log" });
    world.store.put(keys.override("log", "k3f9"), { registered: false });
    await world.settle();
    expect(told).toEqual([]);
    expect(watch.directory.instances).toEqual([]);
  });

  it("DISC-4.4 never changes: each change makes a new one", async () => {
    list({ tags: ["blue"] });
    const { directory: before } = await opened();
    list({ tags: ["green"] });
    await world.settle();
    expect(told).toHaveLength(1);
    expect(before.instances[0]?.tags).toEqual(["blue"]);
    for (const part of [before, before.instances, before.instances[0], before.instances[0]?.tags])
      expect(Object.isFrozen(part)).toBe(true);
    expect(told[0]).not.toBe(before);
  });

  it("merges what others say of an instance, and forgets it when they take it back", async () => {
    list();
    const watch = await opened();
    const overrideKey = keys.override("grading", "k3f9");
    const effective = () => watch.directory.instances[0]?.effective;
    world.store.put(overrideKey, { registered: false });
    await world.settle();
    expect(effective()).toEqual({ registered: false, weight: 100 });
    world.store.put(overrideKey, { weight: 0, mark: { by: "watch" } });
    await world.settle();
    expect(effective()).toEqual({ registered: true, weight: 0 });
    expect(watch.directory.instances[0]?.override?.mark).toEqual({ by: "watch" });
    world.store.delete(overrideKey);
    await world.settle();
    expect(effective()).toEqual({ registered: true, weight: 100 });
    expect(told).toHaveLength(3);
  });

  it("DISC-2.2 is never told without the overrides: nobody chooses for a moment who was taken out before", async () => {
    list();
    world.store.put(keys.override("grading", "k3f9"), { registered: false });
    const watch = open();
    client.deliver("event"); // the instances
    expect(told).toEqual([]);
    expect(watch.directory.complete).toBe(false);
    client.deliver("event"); // the overrides
    expect(told).toHaveLength(1);
    expect(select(watch.directory, {})).toEqual([]);
  });

  it("believes the whole truth when it comes again, and remembers who was there meanwhile", async () => {
    list({ id: "a" });
    list({ id: "b" });
    const watch = await opened();
    client.cut();
    world.store.delete(keys.instance("grading", instance().address, "a"));
    list({ id: "c" });
    await world.settle();
    expect(ids(watch.directory)).toEqual(["a", "b"]);
    client.reconnect();
    await world.settle();
    expect(ids(watch.directory)).toEqual(["b", "c"]);
  });

  it("says since when it is out of touch, and tells nobody of that alone", async () => {
    const watch = await opened();
    world.clock.advance(1000);
    client.cut();
    world.clock.advance(5000);
    expect(watch.directory).toMatchObject({ inTouch: false, heardAt: 1000, complete: true });
    client.reconnect();
    expect(watch.directory).toMatchObject({ inTouch: true, heardAt: 6000 });
    expect(told).toEqual([]);
  });

  it("DISC-LAYOUT-7 leaves out what it does not understand, says so once, and goes on", async () => {
    const parent = keys.services("grading");
    const record = instance() as unknown as Record<string, unknown>;
    const hostile: Record<string, unknown> = {
      "127.0.0.1:4000~x1": "text",
      "127.0.0.1:4000~x2": null,
      "127.0.0.1:4000~x3": { ...record },
      "127.0.0.1:4001~k3f9": { ...record },
      "127.0.0.1:4000~x4": { ...record, id: "x4", weight: "heavy" },
      "127.0.0.1:4000~x5": { ...record, id: "x5", tags: [1] },
      "127.0.0.1:4000~x6": { ...record, id: "x6", protocol: "smtp" },
      "127.0.0.1:4000~xa": { ...record, id: "xa", protocol: "http" },
      "127.0.0.1:4000~xb": { ...record, id: "xb", protocol: "http", url: "file:///etc/passwd" },
      "127.0.0.1:4000~xc": { ...record, id: "xc", url: "http//127.0.0.1" },
      "127.0.0.1:4000~xd": { ...record, id: "xd", heartbeatUrl: 1 },
      "127.0.0.1:4000~x7": { ...record, id: "x7", service: "log" },
      "127.0.0.1:4000~x8": { ...record, id: "x8", state: "dreaming" },
      "127.0.0.1:4000~x9": { ...record, id: "x9", registered: 1 },
      "127.0.0.1:4000~x0": JSON.parse('{"__proto__":{"registered":true}}'),
      strange: { ...record, id: "strange" },
      "127.0.0.1:4000~y/deeper": {},
      "grading/127.0.0.1:4000~k3f9": { ...record },
    };
    for (const [name, value] of Object.entries(hostile)) world.store.put(`${parent}/${name}`, value as never);
    list({ id: "good" });
    const watch = await opened();
    expect(ids(watch.directory)).toEqual(["good"]);
    const complaints = Object.keys(hostile).length;
    expect(world.logged).toHaveLength(complaints);
    client.cut();
    client.reconnect();
    await world.settle();
    expect(world.logged).toHaveLength(complaints);
    expect(({} as Record<string, unknown>)["registered"]).toBeUndefined();
  });

  it("shows HTTP participants with all that they said of themselves", async () => {
    const urls = {
      url: "http://127.0.0.1:4000/a",
      updateUrl: "https://mars/updates",
      heartbeatUrl: "http://[::1]:4000/heartbeat",
    };
    list({ id: "http", protocol: "http", version: "", pid: 0, ...urls });
    list({ id: "native", url: "http://127.0.0.1:4000" });
    const watch = await opened();
    expect(watch.directory.instances).toMatchObject([
      { id: "http", protocol: "http", ...urls },
      { id: "native", protocol: "skylark", url: "http://127.0.0.1:4000" },
    ]);
    expect(select(watch.directory, {}).map(({ id }) => id)).toEqual(["native"]);
  });

  it("takes new fields of a newer version without complaint", async () => {
    world.store.put(keys.instance("grading", instance().address, "k3f9"), { ...instance(), colour: "blue" } as never);
    const watch = await opened();
    expect(ids(watch.directory)).toEqual(["k3f9"]);
    expect(watch.directory.instances[0]).not.toHaveProperty("colour");
  });

  it("tells nothing after it was closed", async () => {
    const watch = await opened();
    list();
    watch.close();
    await world.settle();
    expect(told).toEqual([]);
    expect(client.listeners).toBe(0);
  });
});
