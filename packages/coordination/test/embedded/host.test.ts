import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, ManualClock, systemClock, systemRandom } from "@skylark/core/internal";
import { connectionResources, socketTransport } from "@skylark/rpc/internal";
import { Gate } from "@skylark/testkit";
import { describe, expect, it } from "vitest";
import { hostDial } from "../../src/embedded/dial.js";
import { homeAt } from "../../src/embedded/home.js";
import { openCoordination } from "../../src/open-coordination.js";
import type { ClientMessage, HostMessage } from "../../src/protocol/messages.js";
import { FaultyDisk } from "../journal/faulty-disk.js";
import { temporaryFolder } from "../temporary-folder.js";
import { hostHere, idOf, openClient, sessionIs, WatchLog } from "./clients.js";

describe("the host", () => {
  it("COORD-1.15 refuses writes while its disk is full, answers reads, and writes again when there is room", async () => {
    const disk = new FaultyDisk();
    const client = await openClient({ home: temporaryFolder(), startHost: hostHere({ disk }) });
    await client.put("/a", 1);
    disk.fault = { kind: "full", roomBytes: 10 };
    await expect(client.put("/a", 2)).rejects.toMatchObject({ code: "resource_exhausted", notExecuted: true });
    expect((await client.get("/a", { fresh: true }))?.value).toBe(1);
    disk.fault = { kind: "none" };
    await client.put("/a", 3);
    expect((await client.get("/a"))?.value).toBe(3);
  });

  it("steps down when its disk is broken; what was under way is unknown, and another host takes over", async () => {
    const disk = new FaultyDisk();
    const client = await openClient({ home: temporaryFolder(), startHost: hostHere({ disk }) });
    await client.put("/a", 1);
    disk.fault = { kind: "failing", step: "sync" };
    const writing = client.put("/a", 2).then(
      () => "done",
      (error: unknown) => error,
    );
    await sessionIs(client, ({ kind }) => kind === "suspended");
    disk.fault = { kind: "none" };
    expect(await writing).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    expect([1, 2]).toContain((await client.get("/a"))?.value); // unknown means unknown
    await client.put("/b", 1);
  });

  it("COORD-5.9 whose folder was wiped steps down, and everybody begins anew in another store", async () => {
    const home = temporaryFolder();
    const [host, guest] = [await openClient({ home }), await openClient({ home, ttlMs: 60_000 })];
    await guest.create("/mine", 1, { ephemeral: true });
    const watch = new WatchLog(guest, "/");
    await watch.until(({ length }) => length === 1);
    const before = idOf(guest);
    rmSync(join(home, "store-v1"), { recursive: true });
    await sessionIs(guest, (status) => status.kind === "established" && status.id !== before);
    await watch.until(({ length }) => length === 2);
    expect(watch.events[1]).toEqual({ kind: "snapshot", entries: [], resync: true });
    await guest.create("/mine", 2, { ephemeral: true });
    expect((await host.get("/mine"))?.value).toBe(2);
  });

  it.each([1, 2])(
    "COORD-5.9 of a store put back to an earlier day (by %i hosts) resumes no session of a later one",
    async (hosts) => {
      const home = temporaryFolder();
      const folder = join(home, "store-v1");
      const earlier = join(temporaryFolder(), "earlier");
      const gate = new Gate();
      const isData = (path: string) => path === folder || /journal-|snapshot-/.test(path);
      let host = await openCoordination({ home, openTimeoutMs: 60_000 });
      const client = await openClient({ home, ttlMs: 60_000, host: false, transport: gate });
      const before = await client.create("/mine", 1, { ephemeral: true });
      cpSync(folder, earlier, { recursive: true, filter: isData });
      for (let count = 0; count < hosts; count++) {
        await host.close();
        host = await openCoordination({ home, openTimeoutMs: 60_000 });
        await client.put("/seen", count); // it has met this host
      }
      const resume = gate.stall();
      await host.close();
      rmSync(folder, { recursive: true });
      cpSync(earlier, folder, { recursive: true });
      const last = await openClient({ home, ttlMs: 60_000 });
      expect(await last.get("/mine")).toEqual(before); // it is there, of the earlier day
      gate.cut();
      resume();
      const status = await sessionIs(client, (status) => status.kind === "established" && status.id !== before.owner);
      expect(status.kind).toBe("established");
      expect(await client.get("/mine")).toBeUndefined();
      expect(await client.get("/seen")).toBeUndefined();
    },
  );

  it("ends the connection of a client that breaks the protocol, and serves the others", async () => {
    const home = temporaryFolder();
    const client = await openClient({ home });
    const address = `unix://${homeAt(home).socket}`;
    const resources = connectionResources({ clock: systemClock, random: systemRandom });
    const hosts = hostDial({ transport: socketTransport, address, resources });
    const dial = () => hosts(new AbortController().signal);
    for (const message of [
      null,
      { kind: "nonsense" },
      { kind: "call", call: 1, request: { kind: "get", key: "/a" } },
    ]) {
      const link = await dial();
      const ended = new Promise((resolve) => (link.stream.onEnd = resolve));
      link.stream.onMessage = () => {};
      link.stream.send(message);
      expect(await ended).toMatchObject({ reason: "PROTOCOL" });
      link.close();
    }
    await client.put("/a", 1);
  });

  it("serves a session over its newest connection only", async () => {
    const home = temporaryFolder();
    await openClient({ home });
    const address = `unix://${homeAt(home).socket}`;
    const resources = connectionResources({ clock: systemClock, random: systemRandom });
    const hosts = hostDial({ transport: socketTransport, address, resources });
    const dial = () => hosts(new AbortController().signal);
    const [first, second] = [await dial(), await dial()];
    const welcome = (link: typeof first) => {
      return new Promise<HostMessage & { kind: "welcome" }>(
        (resolve) => (link.stream.onMessage = (m) => resolve(m as never)),
      );
    };
    const hello = (session: unknown) => ({ kind: "hello", version: 1, ttlMs: 60_000, session }) as ClientMessage;
    const welcomed = welcome(first);
    first.stream.send(hello(null));
    const { session } = await welcomed;
    const ended = new Promise((resolve) => (first.stream.onEnd = resolve));
    const resumed = welcome(second);
    second.stream.send(hello(session));
    expect((await resumed).session.id).toBe(session.id);
    expect(await ended).toMatchObject({ code: "unavailable" });
    first.close();
    second.close();
  });
});

/** The judge's clock, moved by the test; the rest of the host lives in real time. */
class JudgeClock implements Clock {
  readonly manual = new ManualClock();
  now = () => this.manual.now();
  wallNow = () => this.manual.wallNow();
  after = systemClock.after;
  every = (intervalMs: number, fire: () => void) => this.manual.every(intervalMs, fire);
}

describe("the judge of sessions", () => {
  it("COORD-2.6 expires nobody after it stood still, before a full time to live", async () => {
    const clock = new JudgeClock();
    const home = temporaryFolder();
    const host = await openClient({ home, startHost: hostHere({ clock }), ttlMs: 120_000 });
    const gate = new Gate();
    const client = await openClient({ home, host: false, transport: gate, ttlMs: 1000 });
    await client.create("/mine", 1, { ephemeral: true });
    const mine = async () => (await host.get("/mine"))?.value;
    const resume = gate.stall();
    clock.manual.stall(30_000);
    expect(await mine()).toBe(1);
    clock.manual.advance(950);
    expect(await mine()).toBe(1);
    clock.manual.advance(100);
    await host.get("/wait"); // the expiry is committed before this is answered
    expect(await mine()).toBeUndefined();
    resume();
  });

  it("COORD-2.6 grants everybody the full time to live when it takes over", async () => {
    const home = temporaryFolder();
    const clock = new JudgeClock();
    const first = await openClient({ home, startHost: hostHere({ clock }) });
    const gate = new Gate();
    const client = await openClient({ home, host: false, transport: gate, ttlMs: 1000 });
    await client.create("/mine", 1, { ephemeral: true });
    const resume = gate.stall();
    clock.manual.advance(950);
    await first.close();
    const later = new JudgeClock();
    const second = await openClient({ home, startHost: hostHere({ clock: later }), ttlMs: 120_000 });
    later.manual.advance(950);
    expect((await second.get("/mine"))?.value).toBe(1);
    later.manual.advance(100);
    await second.get("/wait");
    expect(await second.get("/mine")).toBeUndefined();
    resume();
  });
});

describe("a watcher that does not read", () => {
  it("COORD-3.7 is told the whole truth later, and costs the host no memory meanwhile", async () => {
    const home = temporaryFolder();
    const writer = await openClient({ home });
    const gate = new Gate();
    const watcher = await openClient({ home, host: false, transport: gate, ttlMs: 60_000 });
    const watch = new WatchLog(watcher, "/load");
    await watch.until(({ length }) => length === 1);
    const resume = gate.stall();
    const text = "x".repeat(20_000);
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 10 }, (_, key) => writer.put(`/load/${key}`, { round, text })));
    }
    await writer.put("/load/last", "end");
    resume();
    await watch.until((events) => JSON.stringify(events.at(-1)).includes('"end"'));
    expect(watch.snapshots).toBeGreaterThanOrEqual(2);
    expect(watch.events.length).toBeLessThan(150);
    const last = watch.events.findLast(({ kind }) => kind === "snapshot");
    expect(last).toMatchObject({ resync: true });
  });
});
