import { beforeEach, describe, expect, it } from "vitest";
import { type InstanceRecord, layout, Registration, setOverride } from "../src/internal.js";
import type { SimulatedClient } from "./simulation/simulated-client.js";
import { instance, World, watched } from "./simulation/world.js";

const keys = layout("test");
const key = "/skylark/test/services/grading/127.0.0.1:4000~k3f9";
const overrideKey = keys.override("grading", "k3f9");

let world: World;
let client: SimulatedClient;
let told: boolean[];

beforeEach(() => {
  world = new World();
  client = world.store.client();
  told = [];
});

function registrationOf(own: Partial<InstanceRecord> = {}, onTransition?: (registered: boolean) => void): Registration {
  return new Registration(client, "test", instance(own), {
    ...world.surroundings,
    onTransition: onTransition ?? ((registered) => told.push(registered)),
  });
}

async function started(own: Partial<InstanceRecord> = {}): Promise<Registration> {
  const registration = registrationOf(own);
  const listed = registration.start();
  await world.settle();
  await listed;
  return registration;
}

async function override(change: Parameters<typeof setOverride>[4]): Promise<void> {
  const set = setOverride(world.store.client(), "test", "grading", "k3f9", change);
  await world.settle();
  await set;
  await world.settle();
}

describe("a registration", () => {
  it("DISC-1.1 lists the record as plain JSON, under a key that shows host and port", async () => {
    await started();
    expect(world.store.entries.get(key)?.value).toEqual(instance());
    expect([...world.store.entries.keys()]).toEqual([key]);
  });

  it("DISC-2.1 starts out of rotation where its owner says so, and is put into it later", async () => {
    const registration = await started({ registered: false });
    expect(world.store.entries.get(key)?.value).toMatchObject({ registered: false });
    expect(registration.status).toMatchObject({ kind: "listed", registered: false });
    const updated = watched(registration.update({ registered: true }));
    expect(told).toEqual([]);
    await world.settle();
    expect(updated.outcome).toBe("resolved");
    expect(told).toEqual([true]);
    expect(world.store.entries.get(key)?.value).toMatchObject({ registered: true });
  });

  it("DISC-2.3 tells each transition once and in order, whoever causes it, the leave last", async () => {
    const registration = await started();
    expect(told).toEqual([true]);
    await override({ registered: false });
    expect(told).toEqual([true, false]);
    await override({ weight: 10 });
    await override({ registered: undefined });
    expect(told).toEqual([true, false, true]);
    for (const registered of [true, false, false, true]) {
      const updated = registration.update({ registered });
      await world.settle();
      await updated;
    }
    expect(told).toEqual([true, false, true, false, true]);
    const left = registration.leave();
    await world.settle();
    await left;
    expect(told).toEqual([true, false, true, false, true, false]);
    expect(registration.status).toMatchObject({ kind: "left", registered: false });
  });

  it("DISC-2.2 takes an operator's word over its own, either way", async () => {
    const registration = await started({ registered: false });
    await override({ registered: true });
    expect(told).toEqual([true]);
    const updated = registration.update({ registered: false });
    await world.settle();
    await updated;
    expect(told).toEqual([true]);
    await override({ registered: undefined });
    expect(told).toEqual([true, false]);
  });

  it("DISC-2.3 is never in rotation for a moment where an operator had taken it out before", async () => {
    world.store.put(overrideKey, { registered: false });
    const listed = watched(registrationOf().start());
    while (!world.store.entries.has(key) || client.moves.some((move) => move !== "event")) {
      for (const move of client.moves) if (move !== "event") client.deliver(move); // events come late
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([told, listed.outcome]).toEqual([[], "pending"]);
    await world.settle();
    expect([told, listed.outcome]).toEqual([[], "resolved"]);
  });

  it("DISC-2.3 tells of no transition where a lapse repairs itself", async () => {
    await started();
    await world.pass(5000);
    client.expire();
    await world.settle();
    world.store.wipe();
    await world.pass(2000);
    client.cut();
    await world.pass(5000);
    client.reconnect();
    await world.settle();
    expect(told).toEqual([true]);
    expect(world.store.entries.get(key)?.value).toEqual(instance());
  });

  it("DISC-2.5 reports a listener that throws, and goes on", async () => {
    const registration = registrationOf({}, (registered) => {
      told.push(registered);
      throw new Error("mine");
    });
    const listed = watched(registration.start());
    await world.settle();
    expect(listed.outcome).toBe("resolved");
    await override({ registered: false });
    expect(told).toEqual([true, false]);
    expect(world.loudest()).toHaveLength(2);
  });

  it("DISC-3.6 DISC-LAYOUT-4 keeps what others say of it out of its own entry", async () => {
    await started();
    const own = world.store.entries.get(key);
    await override({ registered: false, weight: 3, mark: { by: "watch", why: "slow" } });
    expect(world.store.entries.get(key)).toBe(own);
    expect(world.store.entries.get(overrideKey)?.value).toEqual({
      registered: false,
      weight: 3,
      mark: { by: "watch", why: "slow" },
    });
  });

  it("takes what others said of it along when it leaves", async () => {
    const registration = await started();
    await override({ registered: false });
    const left = registration.leave();
    await world.settle();
    await left;
    expect(world.store.entries.size).toBe(0);
    expect(client.listeners).toBe(0);
  });

  it("DISC-LAYOUT-6 says that it is leaving before it goes", async () => {
    const registration = await started();
    const states: unknown[] = [];
    client.watch(key, (event) => {
      for (const change of event.kind === "changes" ? event.changes : [])
        states.push(change.kind === "put" ? (change.entry.value as { state: string }).state : "gone");
    });
    await world.settle();
    const both = [registration.leave(), registration.leave()];
    await world.settle();
    await Promise.all(both);
    expect(states).toEqual(["leaving", "gone"]);
    await expect(registration.update({ weight: 1 })).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("leaves with the store away too, and tells it in time", async () => {
    const registration = await started();
    client.cut();
    const left = watched(registration.leave());
    await world.pass(5100);
    expect(left.outcome).toBe("resolved");
    expect(told).toEqual([true, false]);
  });

  it("takes an override that makes no sense for none", async () => {
    await started();
    for (const nonsense of ["no", { registered: "yes" }, { weight: -1 }, { mark: 3 }, [], null]) {
      world.store.put(overrideKey, nonsense);
      await world.settle();
    }
    expect(told).toEqual([true]);
    expect(world.logged.filter(({ message }) => message.includes(overrideKey))).toHaveLength(6);
  });

  it("refuses a record that no directory would take", () => {
    const bad: Partial<InstanceRecord>[] = [
      { service: "a/b" },
      { service: "" },
      { id: "a~b" },
      { address: "unix:///tmp/x" },
      { address: "tcp://nowhere" },
      { weight: Number.NaN },
      { weight: -1 },
      { tags: Array.from({ length: 65 }, String) },
      { version: "x".repeat(513) },
    ];
    for (const own of bad) expect(() => registrationOf(own), JSON.stringify(own)).toThrow(/cannot|no /);
    expect(() => new Registration(client, "a b", instance(), { ...world.surroundings, onTransition() {} })).toThrow(
      "cannot name a cluster",
    );
  });

  it("refuses a change that no directory would take, and keeps what it said", async () => {
    const registration = await started();
    await expect(registration.update({ weight: 1e9 })).rejects.toMatchObject({ code: "invalid_argument" });
    const updated = registration.update({ tags: ["blue"] });
    await world.settle();
    await updated;
    expect(world.store.entries.get(key)?.value).toEqual(instance({ tags: ["blue"] }));
  });

  it("DISC-1.4 DISC-LAYOUT-5 does not disturb a clone that says the same of itself but for its random ids", async () => {
    await started();
    const clone = new Registration(world.store.client(), "test", instance({ id: "k3fa", nonce: "n2" }), {
      ...world.surroundings,
      onTransition() {},
    });
    const listed = clone.start();
    await world.settle();
    await listed;
    world.news();
    await world.pass(60_000);
    expect(world.news()).toEqual([]);
    expect(world.store.entries.size).toBe(2);
  });

  it("starts once", async () => {
    const registration = await started();
    await expect(registration.start()).rejects.toMatchObject({ code: "failed_precondition" });
  });
});
