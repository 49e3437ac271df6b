import type { Coordination, Entry } from "@skylark/coordination";
import { expect, it } from "vitest";
import { type Ground, SessionRecord } from "./ground.js";
import { WatchView } from "./watch-view.js";

export function watchesContract(ground: Ground): void {
  eventsContract(ground);
  wholenessContract(ground);
  absenceContract(ground);
}

function eventsContract(ground: Ground): void {
  it("COORD-3.1 tells what is there first, and never before watch() has returned", async () => {
    const client = await ground.lasting();
    const at = await client.create(ground.at("p"), 0);
    const below = await client.create(ground.at("p/a/deep"), 1, { ephemeral: true });
    await client.create(ground.at("pq"), 2);
    const view = new WatchView(client, ground.at("p"));
    expect(view.events).toEqual([]);
    await view.until(() => view.events.length === 1);
    expect(view.events).toEqual([{ kind: "snapshot", entries: [at, below], resync: false }]);
  });

  it("COORD-3.1 tells an empty place as an empty snapshot", async () => {
    const client = await ground.lasting();
    const view = new WatchView(client, ground.at("nothing/here"));
    await view.until(() => view.events.length === 1);
    expect(view.events).toEqual([{ kind: "snapshot", entries: [], resync: false }]);
    const made = await client.create(ground.at("nothing/here/now"), 1);
    await view.until(() => view.events.length === 2);
    expect(view.events[1]).toEqual({ kind: "changes", changes: [{ kind: "put", entry: made }] });
  });

  it("COORD-3.2 tells each change that comes to rest, with the entry as it was written", async () => {
    const [writer, watcher] = [await ground.lasting(), await ground.lasting()];
    const view = new WatchView(watcher, ground.at("p"));
    await view.until(() => view.events.length === 1);
    const told = async (step: Promise<Entry | boolean>, change: (entry: Entry | boolean) => object) => {
      const before = view.events.length;
      const outcome = await step;
      await view.until(() => view.events.length > before);
      expect(view.events.slice(before)).toEqual([{ kind: "changes", changes: [change(outcome)] }]);
    };
    await told(writer.create(ground.at("p/a/b"), 1), (entry) => ({ kind: "put", entry }));
    await told(writer.create(ground.at("p/a"), 2), (entry) => ({ kind: "put", entry }));
    await told(writer.put(ground.at("p/a/b"), 3), (entry) => ({ kind: "put", entry }));
    await told(writer.create(ground.at("p"), 4), (entry) => ({ kind: "put", entry }));
    await told(writer.delete(ground.at("p/a")), () => ({ kind: "deleted", key: ground.at("p/a") }));
    await told(writer.delete(ground.at("p/a/b")), () => ({ kind: "deleted", key: ground.at("p/a/b") }));
    await told(writer.create(ground.at("p/a"), 5, { ephemeral: true }), (entry) => ({ kind: "put", entry }));
    expect(view.broken).toEqual([]);
  });

  it("COORD-3.1 sees nothing beside its prefix", async () => {
    const client = await ground.lasting();
    const view = new WatchView(client, ground.at("a/b"));
    for (const name of ["a/bc", "a", "a/b-1", "a/b.c/d", "a/b/c"]) await client.put(ground.at(name), name);
    await view.until(() => view.entries.size > 0);
    await client.delete(ground.at("a/bc"));
    await client.put(ground.at("a/b"), "last");
    await view.until(() => view.entries.has(ground.at("a/b")));
    expect(view.values).toEqual({ [ground.at("a/b")]: "last", [ground.at("a/b/c")]: "a/b/c" });
    expect(view.broken).toEqual([]);
  });

  it("COORD-3.2 tells the deletions that a session's end makes", async () => {
    const [owner, watcher] = [await ground.lasting(), await ground.lasting()];
    await owner.create(ground.at("p/e"), 1, { ephemeral: true });
    const view = new WatchView(watcher, ground.at("p"));
    await view.until(() => view.entries.size === 1);
    await owner.close();
    await view.until(() => view.entries.size === 0);
    expect(view.events.at(-1)).toEqual({ kind: "changes", changes: [{ kind: "deleted", key: ground.at("p/e") }] });
  });

  it("COORD-3.9 a closed watch is silent, and leaves others alone", async () => {
    const client = await ground.lasting();
    const [closed, open] = [new WatchView(client, ground.at("p")), new WatchView(client, ground.at("p"))];
    await closed.until(() => closed.events.length === 1);
    closed.close();
    await client.put(ground.at("p/a"), 1);
    await open.until(() => open.entries.size === 1);
    expect(closed.events).toHaveLength(1);
    await client.close();
    const told = open.events.length;
    const witness = await ground.lasting();
    await witness.put(ground.at("p/a"), 2);
    expect(open.events).toHaveLength(told);
  });
}

function wholenessContract(ground: Ground): void {
  it("COORD-3.3 never shows half of an atomic write", async () => {
    const [writer, watcher] = [await ground.lasting(), await ground.lasting()];
    const names = ["p", "p/a/x", "p/b/y", "p/z"].map((name) => ground.at(name));
    const view = new WatchView(watcher, ground.at("p"), (entries) => {
      return new Set(names.map((key) => entries.get(key)?.value)).size === 1;
    });
    for (let n = 0; n < 60; n += 1) {
      const operation = (key: string) =>
        n % 5 === 4 ? ({ kind: "delete", key } as const) : ({ kind: "put", key, value: n } as const);
      await writer.multi(names.map(operation));
    }
    await writer.multi(names.map((key) => ({ kind: "put", key, value: "end" })));
    await view.until(() => view.entries.get(ground.at("p"))?.value === "end");
    expect(view.broken).toEqual([]);
  });

  it("COORD-3.2 never goes back, whoever writes", async () => {
    const writers = await Promise.all(Array.from({ length: 3 }, () => ground.lasting()));
    const watcher = await ground.lasting();
    const last = new Map<string, number>();
    const view = new WatchView(watcher, ground.at("p"), (entries) =>
      [...entries.values()].every(({ key, value }) => {
        const forward = Number(value) >= (last.get(key) ?? 0);
        last.set(key, Number(value));
        return forward;
      }),
    );
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 1; n <= 60; n += 1) await writer.put(ground.at(`p/${w}`), n);
      }),
    );
    await view.until(() => writers.every((_, w) => view.entries.get(ground.at(`p/${w}`))?.value === 60));
    expect(view.broken).toEqual([]);
  });
}

/** What changes while nobody looks: a key made, one changed, one gone, one gone and made again. */
async function changeWhileAway(ground: Ground, writer: Coordination): Promise<Record<string, unknown>> {
  await writer.put(ground.at("p/made"), 1);
  await writer.put(ground.at("p/changed"), 2);
  await writer.delete(ground.at("p/gone"));
  await writer.delete(ground.at("p/again"));
  await writer.create(ground.at("p/again"), 2);
  await writer.create(ground.at("p/flash"), 1);
  await writer.delete(ground.at("p/flash"));
  return { [ground.at("p/made")]: 1, [ground.at("p/changed")]: 2, [ground.at("p/again")]: 2 };
}

async function watchedPlace(ground: Ground, writer: Coordination, watcher: Coordination): Promise<WatchView> {
  for (const name of ["changed", "gone", "again"]) await writer.create(ground.at(`p/${name}`), 1);
  const view = new WatchView(watcher, ground.at("p"));
  await view.until(() => view.entries.size === 3);
  return view;
}

function absenceContract(ground: Ground): void {
  it("COORD-3.4 COORD-3.8 misses nothing while its connection is lost", async (context) => {
    const cutConnection = ground.needs("cutConnection", context);
    const [writer, watcher] = [await ground.lasting(), await ground.lasting()];
    const view = await watchedPlace(ground, writer, watcher);
    await cutConnection(watcher);
    const truth = await changeWhileAway(ground, writer);
    await view.until(() => view.entries.has(ground.at("p/made")) && !view.entries.has(ground.at("p/flash")));
    await writer.put(ground.at("p/last"), 1);
    await view.until(() => view.entries.has(ground.at("p/last")));
    expect(view.values).toEqual({ ...truth, [ground.at("p/last")]: 1 });
    expect(view.entries.get(ground.at("p/again"))).toEqual(await writer.get(ground.at("p/again")));
    expect(view.broken).toEqual([]);
  });

  it("COORD-3.5 COORD-3.8 begins anew when its session is lost and misses nothing, its own entries' end included", async () => {
    const [writer, watcher] = [await ground.lasting(), await ground.client()];
    const view = await watchedPlace(ground, writer, watcher);
    await watcher.create(ground.at("p/mine"), 1, { ephemeral: true });
    await view.until(() => view.entries.has(ground.at("p/mine")));
    const record = new SessionRecord(watcher);
    const before = view.events.length;
    const [truth] = await Promise.all([changeWhileAway(ground, writer), ground.fixture.expireSession(watcher)]);
    await record.until((seen) => seen.at(-1)?.kind === "established" && seen.length > 1);
    await writer.put(ground.at("p/last"), 1);
    await view.until(() => view.entries.has(ground.at("p/last")));
    expect(view.values).toEqual({ ...truth, [ground.at("p/last")]: 1 });
    const resyncs = view.events.slice(before).filter((event) => event.kind === "snapshot" && event.resync);
    expect(resyncs.length).toBeGreaterThan(0);
    expect(view.broken).toEqual([]);
  });

  it("COORD-3.6 tells the whole truth again where the store cannot tell what was missed", async (context) => {
    const [stall, cutConnection] = [ground.needs("stall", context), ground.needs("cutConnection", context)];
    const forgetHistory = ground.needs("forgetHistory", context);
    const [writer, watcher] = [await ground.lasting(), await ground.lasting()];
    const view = await watchedPlace(ground, writer, watcher);
    const resume = stall(watcher);
    const truth = await changeWhileAway(ground, writer);
    await forgetHistory();
    await cutConnection(watcher);
    resume();
    await view.until(() => view.entries.has(ground.at("p/made")));
    expect(view.events.at(-1)).toMatchObject({ kind: "snapshot", resync: true });
    expect(view.values).toEqual(truth);
    expect(view.broken).toEqual([]);
  });
}
