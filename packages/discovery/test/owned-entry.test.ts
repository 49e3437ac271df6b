import type { Json, SessionId } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { beforeEach, describe, expect, it } from "vitest";
import { OwnedEntry } from "../src/entry/owned-entry.js";
import type { SimulatedClient } from "./simulation/simulated-client.js";
import { World, watched } from "./simulation/world.js";

const key = "/a/mine";

let world: World;
let client: SimulatedClient;
let entry: OwnedEntry;

beforeEach(() => {
  world = new World();
  client = world.store.client();
  entry = kept(client);
});

function kept(of: SimulatedClient, value: Json = { nonce: "n1", text: "here" }, nonce = "n1"): OwnedEntry {
  return new OwnedEntry(of, { ...world.surroundings, key, value, nonce, what: "the entry" });
}

async function listed(): Promise<void> {
  const started = entry.start();
  await world.settle();
  await started;
  world.news();
}

/** The one entry as it should stand: mine, under the session of now. */
function expectMine(value: Json = { nonce: "n1", text: "here" }): void {
  expect(world.store.entries.get(key)).toMatchObject({ value, owner: sessionOf(client) });
  expect(entry.status).toEqual({ kind: "listed", why: undefined });
}

function sessionOf({ session }: SimulatedClient): SessionId | undefined {
  return "id" in session ? session.id : undefined;
}

describe("an owned entry comes", () => {
  it("is created once, under the session of its owner", async () => {
    const started = watched(entry.start());
    expect(entry.status.kind).toBe("unlisted");
    await world.settle();
    expect(started.outcome).toBe("resolved");
    expect(world.news()).toEqual([`s1 put ${key}`]);
    expectMine();
  });

  it("waits for a session where there is none yet", async () => {
    client.cut();
    const started = watched(entry.start());
    await world.pass(20_000);
    expect(started.outcome).toBe("pending");
    client.reconnect();
    await world.settle();
    expect(started.outcome).toBe("resolved");
    expectMine();
  });

  it("is not created twice where the answer to its creation was lost", async () => {
    const started = watched(entry.start());
    await until(() => client.moves.includes("store"));
    client.deliver("store"); // the read
    client.deliver("reply");
    await until(() => client.moves.includes("store"));
    client.deliver("store"); // the creation happens; its answer is on the way
    client.cut();
    client.reconnect();
    await world.pass(100);
    expect(started.outcome).toBe("resolved");
    expect(world.news()).toEqual([`s1 put ${key}`]);
    expectMine();
  });

  it("is created after all where the request was lost, and again where the session went with it", async () => {
    const started = watched(entry.start());
    await until(() => client.moves.includes("store"));
    client.cut();
    client.expire();
    client.reconnect();
    await world.pass(100);
    expect(started.outcome).toBe("resolved");
    expect(world.news()).toEqual([`s2 put ${key}`]);
    expectMine();
  });

  it("is refused for good where trying again would end the same", async () => {
    const refusal = new SkylarkError("permission_denied", "not you");
    world.store.refusal = refusal;
    const started = watched(entry.start());
    await world.settle();
    expect(started.outcome).toBe(refusal);
    expect(entry.status.kind).toBe("left");
    expect([client.listeners, world.clock.pending]).toEqual([0, 0]);
  });

  it("keeps trying where the refusal may pass", async () => {
    world.store.refusal = new SkylarkError("resource_exhausted", "full");
    const started = watched(entry.start());
    await world.pass(3000);
    expect(entry.status).toMatchObject({ kind: "unlisted", why: { code: "resource_exhausted" } });
    world.store.refusal = undefined;
    await world.pass(1000);
    expect(started.outcome).toBe("resolved");
    expectMine();
  });

  it("starts once", async () => {
    await listed();
    await expect(entry.start()).rejects.toMatchObject({ code: "failed_precondition" });
  });
});

describe("an owned entry stays", () => {
  beforeEach(async () => {
    await listed();
    await world.pass(6000);
  });

  it("DISC-3.1 is there again when its session has expired, once, under the new session", async () => {
    client.expire();
    await world.settle();
    expect(world.news()).toEqual([`somebody deleted ${key}`, `s2 put ${key}`]);
    expectMine();
  });

  it("DISC-3.5 replaces a leftover of its own that another session owns", async () => {
    const before = world.store.openSession();
    world.store.delete(key);
    world.store.write(before, [{ kind: "create", key, value: { nonce: "n1", text: "here" }, ephemeral: true }]);
    world.news();
    await world.settle();
    expect(world.news()).toEqual([`s1 deleted ${key}`, `s1 put ${key}`]);
    world.store.endSession(before);
    expectMine();
  });

  it("DISC-3.5 replaces what a session of its own past owns, whatever it says", async () => {
    const past = sessionOf(client) as SessionId;
    client.expire();
    await world.settle();
    world.store.delete(key);
    world.store.entries.set(key, { ...(await somebodys("other")), owner: past });
    await world.pass(6000);
    expectMine();
  });

  it("DISC-3.4 is back at once when somebody deletes it", async () => {
    world.store.delete(key);
    world.news();
    await world.settle();
    expect(world.news()).toEqual([`s1 put ${key}`]);
    expectMine();
  });

  it("DISC-3.4 says again what it said when somebody alters it", async () => {
    world.store.put(key, { nonce: "n1", text: "gone" });
    world.news();
    await world.settle();
    expect(world.news()).toEqual([`s1 put ${key}`]);
    expectMine();
    for (const value of ["nonsense", null, [1], { nonce: "n2" }] as Json[]) {
      await world.pass(6000);
      world.store.put(key, value);
      await world.settle();
      expectMine();
    }
  });

  it("DISC-3.4 is ephemeral again where somebody put a lasting entry in its place", async () => {
    for (const value of ["nonsense", { nonce: "n1", text: "here" }] as Json[]) {
      world.store.delete(key);
      world.store.put(key, value);
      await world.settle();
      expectMine();
      await world.pass(6000);
    }
  });

  it("DISC-3.4 looks for itself where the watch says nothing", async () => {
    world.store.delete(key);
    client.dropEvents();
    await world.settle();
    expect(world.store.entries.has(key)).toBe(false);
    await world.pass(5000);
    expectMine();
  });

  it("writes nothing while its session is in suspense, and looks as soon as it is back", async () => {
    client.cut();
    await world.pass(20_000);
    expect(entry.status.kind).toBe("listed");
    expect(world.news()).toEqual([]);
    world.store.delete(key);
    client.reconnect();
    await world.settle();
    expectMine();
  });

  it("DISC-1.4 leaves alone what carries another's nonce, says so once, and comes when it is gone", async () => {
    world.store.delete(key);
    client.dropEvents();
    const other = world.store.client();
    void other.create(key, { nonce: "n2", text: "other" }, { ephemeral: true });
    await world.pass(30_000);
    expect(world.store.entries.get(key)).toMatchObject({ value: { text: "other" }, owner: sessionOf(other) });
    expect(entry.status).toMatchObject({ kind: "unlisted", why: { code: "already_exists" } });
    expect(world.loudest()).toEqual([expect.stringContaining("two starts share one id")]);
    await other.close();
    await world.pass(5000);
    expectMine();
  });

  it("does not spin against somebody who deletes it again and again", async () => {
    world.news();
    for (let passed = 0; passed < 10_000; passed += 25) {
      if (world.store.entries.has(key)) world.store.delete(key);
      await world.pass(25);
    }
    const returned = world.news().filter((line) => line.startsWith("s1 put")).length;
    expect(returned).toBeGreaterThan(10);
    expect(returned).toBeLessThan(60); // a whole second between two, at the widest, and half of it on average
    await world.pass(1000);
    expectMine();
  });

  async function somebodys(text: string) {
    const other = world.store.client();
    const made = other.create("/a/elsewhere", { nonce: "n2", text });
    await world.settle();
    return { ...(await made), key };
  }
});

describe("an owned entry changes", () => {
  it("resolves when the store holds what it says now", async () => {
    await listed();
    const changed = watched(entry.set({ nonce: "n1", text: "new" }));
    expect(changed.outcome).toBe("pending");
    await world.settle();
    expect(changed.outcome).toBe("resolved");
    expect(world.news()).toEqual([`s1 put ${key}`]);
    expectMine({ nonce: "n1", text: "new" });
  });

  it("keeps the last of several changes, and tells everybody who waits", async () => {
    const all = [entry.start(), entry.set({ nonce: "n1", text: "2" }), entry.set({ nonce: "n1", text: "3" })];
    const seen = all.map(watched);
    await world.settle();
    expect(seen.map(({ outcome }) => outcome)).toEqual(["resolved", "resolved", "resolved"]);
    expectMine({ nonce: "n1", text: "3" });
  });

  it("brings a change through a lost answer, a lost connection and a lost session", async () => {
    await listed();
    for (const [text, lose] of [
      ["answer", () => client.deliver("store")],
      ["request", () => undefined],
      ["session", () => client.expire()],
    ] as const) {
      const changed = watched(entry.set({ nonce: "n1", text }));
      await until(() => client.moves.includes("store"));
      lose();
      client.cut();
      await world.pass(1000);
      expect(changed.outcome).toBe("pending");
      client.reconnect();
      await world.pass(1000);
      expect(changed.outcome).toBe("resolved");
      expectMine({ nonce: "n1", text });
    }
  });

  it("says what it will say from the start where it changes before", async () => {
    await entry.set({ nonce: "n1", text: "early" });
    await listed();
    expectMine({ nonce: "n1", text: "early" });
  });

  it("is not changed from outside by whoever holds the value", async () => {
    const value = { nonce: "n1", tags: ["a"] };
    await entry.set(value);
    value.tags.push("b");
    await listed();
    expectMine({ nonce: "n1", tags: ["a"] });
  });
});

describe("an owned entry leaves", () => {
  const farewell = { nonce: "n1", text: "bye" };

  it("says farewell, then goes, and holds nothing any more", async () => {
    await listed();
    const values: Json[] = [];
    client.watch(key, (event) => {
      for (const change of event.kind === "changes" ? event.changes : [])
        values.push(change.kind === "put" ? change.entry.value : "deleted");
    });
    const left = watched(entry.leave(farewell));
    expect(entry.status.kind).toBe("leaving");
    await world.settle();
    expect(left.outcome).toBe("resolved");
    expect(values).toEqual([farewell, "deleted"]);
    expect(entry.status.kind).toBe("left");
    expect([client.listeners, world.clock.pending]).toEqual([1, 0]);
  });

  it("goes without a word where it has none", async () => {
    await listed();
    const left = watched(entry.leave());
    await world.settle();
    expect(left.outcome).toBe("resolved");
    expect(world.news()).toEqual([`s1 deleted ${key}`]);
  });

  it("does not come back, whoever calls", async () => {
    await listed();
    const both = [entry.leave(), entry.leave(farewell)];
    await world.settle();
    await Promise.all(both);
    await expect(entry.set({ nonce: "n1" })).rejects.toMatchObject({ code: "failed_precondition" });
    client.expire();
    await world.pass(10_000);
    expect(world.store.entries.size).toBe(0);
  });

  it("leaves nothing behind where it leaves while it comes", async () => {
    const started = watched(entry.start());
    await until(() => client.moves.includes("store"));
    client.deliver("store");
    client.deliver("reply");
    await until(() => client.moves.includes("store")); // the creation is on its way
    const left = watched(entry.leave(farewell));
    await world.settle();
    expect(started.outcome).toMatchObject({ code: "cancelled" });
    expect(left.outcome).toBe("resolved");
    expect(world.store.entries.size).toBe(0);
  });

  it("is left at once where it never came, or its session is over already", async () => {
    await entry.leave(farewell);
    expect(entry.status.kind).toBe("left");
    entry = kept(client);
    await listed();
    client.cut();
    client.expire();
    const left = watched(entry.leave(farewell));
    await world.settle();
    expect(left.outcome).toBe("pending"); // as far as it knows, its entry lives
    client.reconnect();
    await world.settle();
    expect(left.outcome).toBe("resolved");
    expect(world.store.entries.size).toBe(0);
  });

  it("does not make its owner wait for a store that stays away, and goes when it is back", async () => {
    await listed();
    client.cut();
    const left = watched(entry.leave(farewell));
    await world.pass(4900);
    expect(left.outcome).toBe("pending");
    await world.pass(200);
    expect(left.outcome).toBe("resolved");
    expect(entry.status.kind).toBe("leaving");
    client.reconnect();
    await world.settle();
    expect(world.news()).toEqual([`s1 put ${key}`, `s1 deleted ${key}`]);
    expect(entry.status.kind).toBe("left");
    expect([client.listeners, world.clock.pending]).toEqual([0, 0]);
  });

  it("goes although the answers to its farewell and its deletion are lost", async () => {
    await listed();
    const left = watched(entry.leave(farewell));
    for (let round = 0; round < 6 && left.outcome === "pending"; round++) {
      await until(() => client.moves.includes("store"));
      while (client.moves.includes("store")) client.deliver("store");
      if (round % 2 === 0) {
        client.cut();
        client.reconnect();
      }
      await world.pass(500);
    }
    expect(left.outcome).toBe("resolved");
    expect(world.store.entries.size).toBe(0);
  });

  it("does not touch what is not its own", async () => {
    await listed();
    world.store.delete(key);
    client.dropEvents();
    const other = world.store.client();
    void other.create(key, { nonce: "n2" }, { ephemeral: true });
    await world.settle();
    const left = watched(entry.leave(farewell));
    await world.settle();
    expect(left.outcome).toBe("resolved");
    expect(world.store.entries.get(key)?.value).toEqual({ nonce: "n2" });
  });

  it("ends with its session", async () => {
    client.cut();
    const started = watched(entry.start());
    await client.close();
    await world.settle();
    expect(started.outcome).toMatchObject({ code: "cancelled" });
    expect(entry.status.kind).toBe("left");
    expect([client.listeners, world.clock.pending]).toEqual([0, 0]);
    await entry.leave();
    expect(world.store.entries.size).toBe(0);
  });
});

/** Lets promises go on until something is under way. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setImmediate(resolve));
}
