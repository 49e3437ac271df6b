import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Log, SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { Lock } from "../../src/embedded/lock.js";
import { openCoordination } from "../../src/open-coordination.js";
import { repairCoordination } from "../../src/repair-coordination.js";
import { temporaryFolder } from "../temporary-folder.js";
import { idOf, openClient, sessionIs, WatchLog } from "./clients.js";

const hosted = (messages: readonly string[]) =>
  messages.filter((message) => message.startsWith("this process hosts")).length;

describe("who hosts the store", () => {
  it("COORD-5.1 is the first to open it; those after it join", async () => {
    const home = temporaryFolder();
    const messages: string[] = [];
    const log = (_: string, message: string) => void messages.push(message);
    const first = await openClient({ home, log });
    expect(hosted(messages)).toBe(1);
    const second = await openClient({ home, log });
    expect(hosted(messages)).toBe(1);
    await first.put("/a", 1);
    expect((await second.get("/a", { fresh: true }))?.value).toBe(1);
    expect(idOf(first)).not.toBe(idOf(second));
  });

  it("COORD-5.2 is exactly one of those that start at the same instant", async () => {
    for (let round = 0; round < 5; round++) {
      const home = temporaryFolder();
      const messages: string[] = [];
      const log = (_: string, message: string) => void messages.push(message);
      const clients = await Promise.all(Array.from({ length: 4 }, () => openClient({ home, log })));
      expect(hosted(messages)).toBe(1);
      await Promise.all(clients.map((client, index) => client.put(`/${index}`, index)));
      expect(await clients[0]?.children("/")).toEqual(["0", "1", "2", "3"]);
      for (const client of clients.toReversed()) await client.close();
    }
  });

  it("COORD-5.3 is another when the host closes: sessions, their entries and all data are there", async () => {
    const home = temporaryFolder();
    const host = await openCoordination({ home, openTimeoutMs: 60_000 });
    const client = await openClient({ home, ttlMs: 30_000 });
    await host.put("/a", 1);
    const mine = await client.create("/mine", 1, { ephemeral: true });
    const suspended = sessionIs(client, ({ kind }) => kind === "suspended");
    await host.close();
    await suspended;
    expect(await client.get("/mine")).toEqual(mine);
    expect((await client.get("/a"))?.value).toBe(1);
    expect(idOf(client)).toBe(mine.owner);
  });

  it("lets whoever closes as host leave at once, and the folder is free", async () => {
    const home = temporaryFolder();
    const host = await openCoordination({ home, openTimeoutMs: 60_000 });
    await host.close();
    const lock = Lock.tryAcquire(join(home, "store-v1", "lock"));
    expect(lock).toBeDefined();
    lock?.release();
    expect(existsSync(join(home, "store-v1", "socket"))).toBe(false);
  });

  it("steps down when the lock file alone was removed, and loses nothing", async () => {
    const home = temporaryFolder();
    const first = await openClient({ home, ttlMs: 30_000 });
    await first.put("/before", 1);
    rmSync(join(home, "store-v1", "lock"));
    await sessionIs(first, ({ kind }) => kind === "suspended");
    await first.put("/after", 2);
    expect(await first.children("/")).toEqual(["after", "before"]);
  });

  it("is not a guest: it fails, and says that nothing is running", async () => {
    const home = temporaryFolder();
    const opening = openCoordination({ home, host: false });
    await expect(opening).rejects.toMatchObject({ code: "unavailable", notExecuted: true });
    await expect(opening).rejects.toThrow(`nothing is running here: no process hosts the store in ${home}`);
    expect(existsSync(join(home, "store-v1"))).toBe(false);
  });

  it("cannot be found while a frozen process holds the lock, which is named", async () => {
    const home = temporaryFolder();
    const host = await openCoordination({ home, openTimeoutMs: 60_000 });
    await host.close();
    const lock = Lock.tryAcquire(join(home, "store-v1", "lock"));
    const opening = openCoordination({ home, openTimeoutMs: 2000 });
    await expect(opening).rejects.toMatchObject({ code: "unavailable" });
    await expect(opening).rejects.toThrow(`process ${process.pid} hosts the store in ${home} and does not answer`);
    lock?.release();
    await openClient({ home });
  });
});

describe("opening", () => {
  it("COORD-1.14 is refused where the store is damaged, with the file and what to run; nothing is changed", async () => {
    const home = temporaryFolder();
    const client = await openCoordination({ home, openTimeoutMs: 60_000 });
    await client.put("/a", "some value");
    await client.put("/b", 1);
    await client.close();
    const journal = join(home, "store-v1", "journal-1");
    const damaged = readFileSync(journal, "utf8").replace("some value", "same value");
    writeFileSync(journal, damaged);
    const opening = openCoordination({ home });
    await expect(opening).rejects.toMatchObject({ code: "data_loss", reason: "DAMAGED" });
    await expect(opening).rejects.toThrow(/journal-1, byte \d+, record \d+.*sky coordination repair/);
    expect(readFileSync(journal, "utf8")).toBe(damaged);
    // COORD-1.16: repaired on purpose, it starts with what preceded the damage
    expect(repairCoordination(home)).toMatchObject({ kind: "repaired", entriesKept: 0 });
    const repaired = await openClient({ home });
    expect(await repaired.children("/")).toEqual([]);
    expect(() => repairCoordination(home)).toThrow(`process ${process.pid} hosts the store in ${home}`);
  });

  it("DISC-5.3 may come later: a store that is away is tried on, and everything begun meanwhile is done when it is back", async () => {
    const home = temporaryFolder();
    const host = await openCoordination({ home, openTimeoutMs: 60_000 });
    await host.put("/a", 1);
    await host.close();
    const lock = Lock.tryAcquire(join(home, "store-v1", "lock")); // as a frozen host holds it
    const warned: string[] = [];
    const log: Log = (level, message) => void (level === "warn" && warned.push(message));
    const client = await openClient({ home, opens: "later", openTimeoutMs: 1000, log });
    expect(client.session.kind).toBe("connecting");
    expect(warned).toEqual([expect.stringMatching(/the store does not answer, and is tried on: process \d+ hosts/)]);
    const watched = new WatchLog(client, "/a");
    const read = client.get("/a", { timeoutMs: 20_000 });
    lock?.release();
    expect((await read)?.value).toBe(1);
    await watched.until((events) => events.length > 0);
    expect(watched.events[0]).toMatchObject({ kind: "snapshot", resync: false });
  });

  it("may come later for one that never hosts, and is at once where the store is there", async () => {
    const home = temporaryFolder();
    const guest = await openClient({ home, host: false, opens: "later", openTimeoutMs: 50 });
    expect(guest.session.kind).toBe("connecting");
    const host = await openClient({ home, opens: "later", openTimeoutMs: 20_000 });
    expect(host.session.kind).toBe("established");
    await sessionIs(guest, ({ kind }) => kind === "established");
  });

  it("is refused all the same, later or not, where waiting would not help", async () => {
    const home = temporaryFolder();
    chmodSync(home, 0o777);
    const opening = openCoordination({ home, opens: "later", openTimeoutMs: 20_000 });
    await expect(opening).rejects.toMatchObject({ code: "failed_precondition", reason: "SETTING" });
  });

  it.each([
    ["redis://h1", '"redis://h1" is no coordination URL'],
    ["etcd:h1", '"etcd:h1" is no coordination URL'],
  ])("is refused for %s, with what works", async (url, message) => {
    const opening = openCoordination({ url });
    await expect(opening).rejects.toMatchObject({ code: "invalid_argument", reason: "SETTING" });
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow('"embedded"');
  });

  it.each([100, 120_001])("is refused with a TTL of %i ms", async (ttlMs) => {
    await expect(openCoordination({ home: temporaryFolder(), ttlMs })).rejects.toThrow(/500 to 120000/);
  });

  it("fails with one kind of error", async () => {
    const error: unknown = await openCoordination({ url: "x" }).catch((error: unknown) => error);
    expect(SkylarkError.is(error)).toBe(true);
  });
});
