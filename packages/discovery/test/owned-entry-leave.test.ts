import type { Json } from "@skylark/coordination";
import { beforeEach, describe, expect, it } from "vitest";
import { EntryStory, expectMine, key } from "./simulation/entry-story.js";
import { watched } from "./simulation/world.js";

let story: EntryStory;

beforeEach(() => {
  story = new EntryStory();
});

describe("an owned entry changes", () => {
  it("resolves when the store holds what it says now", async () => {
    await story.listed();
    const changed = watched(story.entry.set({ nonce: "n1", text: "new" }));
    expect(changed.outcome).toBe("pending");
    await story.world.settle();
    expect(changed.outcome).toBe("resolved");
    expect(story.world.news()).toEqual([`s1 put ${key}`]);
    expectMine(story, { nonce: "n1", text: "new" });
  });

  it("keeps the last of several changes, and tells everybody who waits", async () => {
    const all = [
      story.entry.start(),
      story.entry.set({ nonce: "n1", text: "2" }),
      story.entry.set({ nonce: "n1", text: "3" }),
    ];
    const seen = all.map(watched);
    await story.world.settle();
    expect(seen.map(({ outcome }) => outcome)).toEqual(["resolved", "resolved", "resolved"]);
    expectMine(story, { nonce: "n1", text: "3" });
  });

  it("brings a change through a lost answer, a lost connection and a lost session", async () => {
    await story.listed();
    for (const [text, lose] of [
      ["answer", () => story.client.deliver("store")],
      ["request", () => undefined],
      ["session", () => story.client.expire()],
    ] as const) {
      const changed = watched(story.entry.set({ nonce: "n1", text }));
      await story.untilSent();
      lose();
      story.client.cut();
      await story.world.pass(1000);
      expect(changed.outcome).toBe("pending");
      story.client.reconnect();
      await story.world.pass(1000);
      expect(changed.outcome).toBe("resolved");
      expectMine(story, { nonce: "n1", text });
    }
  });

  it("says what it will say from the start where it changes before", async () => {
    await story.entry.set({ nonce: "n1", text: "early" });
    await story.listed();
    expectMine(story, { nonce: "n1", text: "early" });
  });

  it("is not changed from outside by whoever holds the value", async () => {
    const value = { nonce: "n1", tags: ["a"] };
    await story.entry.set(value);
    value.tags.push("b");
    await story.listed();
    expectMine(story, { nonce: "n1", tags: ["a"] });
  });
});

describe("an owned entry leaves", () => {
  const farewell = { nonce: "n1", text: "bye" };

  it("says farewell, then goes, and holds nothing any more", async () => {
    await story.listed();
    const values: Json[] = [];
    story.client.watch(key, (event) => {
      for (const change of event.kind === "changes" ? event.changes : [])
        values.push(change.kind === "put" ? change.entry.value : "deleted");
    });
    const left = watched(story.entry.leave(farewell));
    expect(story.entry.status.kind).toBe("leaving");
    await story.world.settle();
    expect(left.outcome).toBe("resolved");
    expect(values).toEqual([farewell, "deleted"]);
    expect(story.entry.status.kind).toBe("left");
    expect([story.client.listeners, story.world.clock.pending]).toEqual([1, 0]);
  });

  it("goes without a word where it has none", async () => {
    await story.listed();
    const left = watched(story.entry.leave());
    await story.world.settle();
    expect(left.outcome).toBe("resolved");
    expect(story.world.news()).toEqual([`s1 deleted ${key}`]);
  });

  it("does not come back, whoever calls", async () => {
    await story.listed();
    const both = [story.entry.leave(), story.entry.leave(farewell)];
    await story.world.settle();
    await Promise.all(both);
    await expect(story.entry.set({ nonce: "n1" })).rejects.toMatchObject({ code: "failed_precondition" });
    story.client.expire();
    await story.world.pass(10_000);
    expect(story.world.store.entries.size).toBe(0);
  });

  it("leaves nothing behind where it leaves while it comes", async () => {
    const started = watched(story.entry.start());
    await story.untilSent();
    story.client.deliver("store");
    story.client.deliver("reply");
    await story.untilSent(); // the creation is on its way
    const left = watched(story.entry.leave(farewell));
    await story.world.settle();
    expect(started.outcome).toMatchObject({ code: "cancelled" });
    expect(left.outcome).toBe("resolved");
    expect(story.world.store.entries.size).toBe(0);
  });

  it("is left at once where it never came, or its session is over already", async () => {
    await story.entry.leave(farewell);
    expect(story.entry.status.kind).toBe("left");
    const other = story.kept();
    await story.listed(other);
    story.client.cut();
    story.client.expire();
    const left = watched(other.leave(farewell));
    await story.world.settle();
    expect(left.outcome).toBe("pending"); // as far as it knows, its entry lives
    story.client.reconnect();
    await story.world.settle();
    expect(left.outcome).toBe("resolved");
    expect(story.world.store.entries.size).toBe(0);
  });

  it("does not make its owner wait for a store that stays away, and goes when it is back", async () => {
    await story.listed();
    story.client.cut();
    const left = watched(story.entry.leave(farewell));
    await story.world.pass(4900);
    expect(left.outcome).toBe("pending");
    await story.world.pass(200);
    expect(left.outcome).toBe("resolved");
    expect(story.entry.status.kind).toBe("leaving");
    story.client.reconnect();
    await story.world.settle();
    expect(story.world.news()).toEqual([`s1 put ${key}`, `s1 deleted ${key}`]);
    expect(story.entry.status.kind).toBe("left");
    expect([story.client.listeners, story.world.clock.pending]).toEqual([0, 0]);
  });

  it("goes although the answers to its farewell and its deletion are lost", async () => {
    await story.listed();
    const left = watched(story.entry.leave(farewell));
    for (let round = 0; round < 6 && left.outcome === "pending"; round++) {
      await story.untilSent();
      while (story.client.moves.includes("store")) story.client.deliver("store");
      if (round % 2 === 0) {
        story.client.cut();
        story.client.reconnect();
      }
      await story.world.pass(500);
    }
    expect(left.outcome).toBe("resolved");
    expect(story.world.store.entries.size).toBe(0);
  });

  it("does not touch what is not its own", async () => {
    await story.listed();
    story.world.store.delete(key);
    story.client.dropEvents();
    const other = story.world.store.client();
    void other.create(key, { nonce: "n2" }, { ephemeral: true });
    await story.world.settle();
    const left = watched(story.entry.leave(farewell));
    await story.world.settle();
    expect(left.outcome).toBe("resolved");
    expect(story.world.store.entries.get(key)?.value).toEqual({ nonce: "n2" });
  });

  it("ends with its session", async () => {
    story.client.cut();
    const started = watched(story.entry.start());
    await story.client.close();
    await story.world.settle();
    expect(started.outcome).toMatchObject({ code: "cancelled" });
    expect(story.entry.status.kind).toBe("left");
    expect([story.client.listeners, story.world.clock.pending]).toEqual([0, 0]);
    await story.entry.leave();
    expect(story.world.store.entries.size).toBe(0);
  });
});
