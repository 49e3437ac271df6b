import type { Json, SessionId } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { beforeEach, describe, expect, it } from "vitest";
import { keepingLimits } from "../src/internal.js";
import { EntryStory, expectMine, key, sessionOf } from "./simulation/entry-story.js";
import { watched } from "./simulation/world.js";

let story: EntryStory;

beforeEach(() => {
  story = new EntryStory();
});

describe("an owned entry comes", () => {
  it("is created once, under the session of its owner", async () => {
    const started = watched(story.entry.start());
    expect(story.entry.status.kind).toBe("unlisted");
    await story.world.settle();
    expect(started.outcome).toBe("resolved");
    expect(story.world.news()).toEqual([`s1 put ${key}`]);
    expectMine(story);
  });

  it("waits for a session where there is none yet", async () => {
    story.client.cut();
    const started = watched(story.entry.start());
    await story.world.pass(20_000);
    expect(started.outcome).toBe("pending");
    story.client.reconnect();
    await story.world.pass(keepingLimits.returnSpreadMs);
    expect(started.outcome).toBe("resolved");
    expectMine(story);
  });

  it("is not created twice where the answer to its creation was lost", async () => {
    const started = watched(story.entry.start());
    await story.untilSent();
    story.client.deliver("store"); // the read
    story.client.deliver("reply");
    await story.untilSent();
    story.client.deliver("store"); // the creation happens; its answer is on the way
    story.client.cut();
    story.client.reconnect();
    await story.world.pass(100);
    expect(started.outcome).toBe("resolved");
    expect(story.world.news()).toEqual([`s1 put ${key}`]);
    expectMine(story);
  });

  it("is created after all where the request was lost, and again where the session went with it", async () => {
    const started = watched(story.entry.start());
    await story.untilSent();
    story.client.cut();
    story.client.expire();
    story.client.reconnect();
    await story.world.pass(keepingLimits.returnSpreadMs);
    expect(started.outcome).toBe("resolved");
    expect(story.world.news()).toEqual([`s2 put ${key}`]);
    expectMine(story);
  });

  it("is refused for good where trying again would end the same", async () => {
    const refusal = new SkylarkError("permission_denied", "not you");
    story.world.store.refusals.write = refusal;
    const started = watched(story.entry.start());
    await story.world.settle();
    expect(started.outcome).toBe(refusal);
    expect(story.entry.status.kind).toBe("left");
    expect([story.client.listeners, story.world.clock.pending]).toEqual([0, 0]);
  });

  it("keeps trying where the refusal may pass", async () => {
    story.world.store.refusals.write = new SkylarkError("resource_exhausted", "full");
    const started = watched(story.entry.start());
    await story.world.pass(3000);
    expect(story.entry.status).toMatchObject({ kind: "unlisted", why: { code: "resource_exhausted" } });
    delete story.world.store.refusals.write;
    await story.world.pass(1000);
    expect(started.outcome).toBe("resolved");
    expectMine(story);
  });

  it("starts once", async () => {
    await story.listed();
    await expect(story.entry.start()).rejects.toMatchObject({ code: "failed_precondition" });
  });
});

describe("an owned entry stays", () => {
  beforeEach(async () => {
    await story.listed();
    await story.world.pass(6000);
  });

  it("DISC-3.1 is there again when its session has expired, once, under the new session", async () => {
    story.client.expire();
    await story.world.pass(keepingLimits.returnSpreadMs);
    expect(story.world.news()).toEqual([`somebody deleted ${key}`, `s2 put ${key}`]);
    expectMine(story);
  });

  it("DISC-3.5 replaces a leftover of its own that another session owns", async () => {
    const before = story.world.store.openSession();
    story.world.store.delete(key);
    story.world.store.write(before, [{ kind: "create", key, value: { nonce: "n1", text: "here" }, ephemeral: true }]);
    story.world.news();
    await story.world.settle();
    expect(story.world.news()).toEqual([`s1 deleted ${key}`, `s1 put ${key}`]);
    story.world.store.endSession(before);
    expectMine(story);
  });

  it("DISC-3.5 replaces what a session of its own past owns, whatever it says", async () => {
    const past = sessionOf(story.client) as SessionId;
    story.client.expire();
    await story.world.settle();
    story.world.store.delete(key);
    story.world.store.entries.set(key, { ...(await somebodys("other")), owner: past });
    await story.world.pass(6000);
    expectMine(story);
  });

  it("DISC-3.4 is back at once when somebody deletes it", async () => {
    story.world.store.delete(key);
    story.world.news();
    await story.world.settle();
    expect(story.world.news()).toEqual([`s1 put ${key}`]);
    expectMine(story);
  });

  it("DISC-3.4 says again what it said when somebody alters it", async () => {
    story.world.store.put(key, { nonce: "n1", text: "gone" });
    story.world.news();
    await story.world.settle();
    expect(story.world.news()).toEqual([`s1 put ${key}`]);
    expectMine(story);
    for (const value of ["nonsense", null, [1], { nonce: "n2" }] as Json[]) {
      await story.world.pass(6000);
      story.world.store.put(key, value);
      await story.world.settle();
      expectMine(story);
    }
  });

  it("DISC-3.4 is ephemeral again where somebody put a lasting entry in its place", async () => {
    for (const value of ["nonsense", { nonce: "n1", text: "here" }] as Json[]) {
      story.world.store.delete(key);
      story.world.store.put(key, value);
      await story.world.settle();
      expectMine(story);
      await story.world.pass(6000);
    }
  });

  it("DISC-3.4 looks for itself where the watch says nothing", async () => {
    story.world.store.delete(key);
    story.client.dropEvents();
    await story.world.settle();
    expect(story.world.store.entries.has(key)).toBe(false);
    await story.world.pass(5000);
    expectMine(story);
  });

  it("DISC-3.4 goes on looking after a look that failed", async () => {
    story.world.store.refusals.read = new SkylarkError("resource_exhausted", "full");
    await story.world.pass(10_000);
    delete story.world.store.refusals.read;
    story.world.store.delete(key);
    story.client.dropEvents();
    await story.world.pass(5000);
    expectMine(story);
  });

  it("DISC-3.4 hears of a deletion while it is still being written", async () => {
    const changed = watched(story.entry.set({ nonce: "n1", text: "new" }));
    for (const move of ["store", "reply", "store"] as const) {
      await story.untilMoves(move);
      story.client.deliver(move);
    }
    story.world.store.delete(key);
    story.client.deliver("event"); // the change
    story.client.deliver("event"); // the deletion, both before the answer
    await story.world.settle();
    expect(changed.outcome).toBe("resolved");
    expectMine(story, { nonce: "n1", text: "new" });
  });

  it("writes nothing while its session is in suspense, and looks as soon as it is back", async () => {
    story.client.cut();
    await story.world.pass(20_000);
    expect(story.entry.status.kind).toBe("listed");
    expect(story.world.news()).toEqual([]);
    story.world.store.delete(key);
    story.client.reconnect();
    await story.world.settle();
    expectMine(story);
  });

  it("DISC-1.4 leaves alone what carries another's nonce, also where it has lost sessions itself", async () => {
    story.client.expire();
    await story.world.settle();
    const other = story.world.store.client();
    story.world.store.delete(key);
    story.client.dropEvents();
    void other.create(key, { nonce: "n2" }, { ephemeral: true });
    await story.world.pass(10_000);
    expect(story.world.store.entries.get(key)?.owner).toBe(sessionOf(other));
  });

  it("DISC-1.4 leaves alone what carries another's nonce, says so once, and comes when it is gone", async () => {
    story.world.store.delete(key);
    story.client.dropEvents();
    const other = story.world.store.client();
    void other.create(key, { nonce: "n2", text: "other" }, { ephemeral: true });
    await story.world.pass(30_000);
    expect(story.world.store.entries.get(key)).toMatchObject({ value: { text: "other" }, owner: sessionOf(other) });
    expect(story.entry.status).toMatchObject({ kind: "unlisted", why: { code: "already_exists" } });
    expect(story.world.loudest()).toEqual([expect.stringContaining("two starts share one id")]);
    await other.close();
    await story.world.pass(5000);
    expectMine(story);
  });

  it("does not spin against somebody who deletes it again and again", async () => {
    story.world.news();
    for (let passed = 0; passed < 10_000; passed += 25) {
      if (story.world.store.entries.has(key)) story.world.store.delete(key);
      await story.world.pass(25);
    }
    const returned = story.world.news().filter((line) => line.startsWith("s1 put")).length;
    expect(returned).toBeGreaterThan(10);
    expect(returned).toBeLessThan(60); // a whole second between two, at the widest, and half of it on average
    await story.world.pass(1000);
    expectMine(story);
  });

  async function somebodys(text: string) {
    const other = story.world.store.client();
    const made = other.create("/a/elsewhere", { nonce: "n2", text });
    await story.world.settle();
    return { ...(await made), key };
  }
});
