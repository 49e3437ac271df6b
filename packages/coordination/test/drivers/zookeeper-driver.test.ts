import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  type FaultProxy,
  startFaultProxy,
  startZooKeeper,
  type ZooKeeperEnsemble,
  zooKeeperFraming,
} from "@skylark/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Coordination,
  type CoordinationOptions,
  type Entry,
  openCoordination,
  type WatchEvent,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

let ensemble: ZooKeeperEnsemble;
const owned: (Coordination | FaultProxy)[] = [];

beforeAll(async () => {
  ensemble = await startZooKeeper();
});

afterEach(async () => {
  for (const each of owned.splice(0).toReversed()) await each.close();
});

afterAll(async () => {
  await ensemble.close();
});

const url = (rest = "") => `zookeeper://${ensemble.connectString}${rest}`;

async function open(options: CoordinationOptions): Promise<Coordination> {
  const coordination = await openCoordination(options);
  owned.push(coordination);
  return coordination;
}

async function proxied(): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ target: ensemble.connectString, framing: zooKeeperFraming });
  owned.push(proxy);
  return proxy;
}

/** What ZooKeeper's own tool prints, without what it says of itself. */
async function zkCli(...command: string[]): Promise<string> {
  const program = "/usr/share/zookeeper/bin/zkCli.sh";
  const { stdout } = await promisify(execFile)(program, ["-server", ensemble.connectString, ...command]);
  return stdout;
}

/** The creation within a revision, which the writes after it leave as it is. */
function made(entry: Entry | undefined): string | undefined {
  return entry?.revision.split(".")[0];
}

async function countTo(options: CoordinationOptions, most: number): Promise<unknown> {
  const store = await open(options);
  for (let n = 1; n <= most; n += 1) {
    const entry = await store.get("/apps/count", { fresh: true });
    await (entry ? store.put(entry.key, n, { revision: entry.revision }) : store.create("/apps/count", n));
  }
  return (await store.get("/apps/count"))?.value;
}

describe("the engine", () => {
  it("COORD-4.1 COORD-4.7 is chosen by URL alone: the same program does the same", async () => {
    const expected = await countTo({ home: temporaryFolder() }, 3);
    expect(await countTo({ url: url("/chosen") }, 3)).toBe(expected);
  });

  it("COORD-4.4 tells which version of ZooKeeper it is, and who keeps the data", async () => {
    const { members, facts } = await (await open({ url: url("/told") })).status();
    expect(members).toEqual([{ address: ensemble.connectString, role: "leader", version: "3.8.0" }]);
    expect(facts).toEqual({ chroot: "/told" });
  });
});

describe("seen from outside", () => {
  it("COORD-7.1 COORD-7.2 COORD-7.3 zkCli.sh lists services and instances, and shows plain JSON", async () => {
    const store = await open({ url: url() });
    const key = "/skylark/default/services/grading/127.0.0.1:4000~k3f9";
    await store.create(key, { id: "k3f9", tags: ["a"] }, { ephemeral: true });
    await store.create("/skylark/default/services/log/[::1]:4001~m2", {});
    expect(await zkCli("ls", "/skylark/default/services")).toContain("[grading, log]");
    expect(await zkCli("ls", "/skylark/default/services/grading")).toContain("[127.0.0.1:4000~k3f9]");
    expect(await zkCli("get", key)).toContain('{"id":"k3f9","tags":["a"]}\n');
  });

  it("COORD-PORT-7 reads what people wrote with zkCli.sh, and hears of it", async () => {
    const store = await open({ url: url("/people") });
    const events: WatchEvent[] = [];
    store.watch("/notes", (event) => events.push(event));
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 20_000 });
    await zkCli("create", "/people/notes", '{"by":"hand"}');
    await zkCli("create", "/people/notes/text", "no JSON");
    await vi.waitFor(async () => expect(events.length).toBeGreaterThanOrEqual(2), { timeout: 20_000 });
    expect((await store.get("/notes", { fresh: true }))?.value).toEqual({ by: "hand" });
    expect((await store.list("/notes", { fresh: true })).map(({ value }) => value)).toEqual(["no JSON"]);
  });

  it("shows neither its guards nor the server's own nodes, and lays the guards out again when somebody removed them", async () => {
    const store = await open({ url: url() });
    await store.put("/visible", 1);
    expect(await store.children("/")).not.toContain("zookeeper");
    expect((await store.children("/")).filter((name) => name.startsWith("="))).toEqual([]);
    await zkCli("deleteall", "/=skylark");
    expect(await store.put("/visible/again", 2)).toMatchObject({ value: 2 });
  });
});

describe("credentials", () => {
  it("COORD-8.1 COORD-8.4 digest shuts out whoever has another password, at once and with a clear error", async () => {
    const at = (user: string) => `zookeeper://${user}${ensemble.connectString}/locked`;
    const store = await open({ url: at("ada:secret@") });
    await store.create("/a", 1);
    expect((await (await open({ url: at("ada:secret@") })).get("/a"))?.value).toBe(1);
    for (const user of ["ada:wrong@", ""]) {
      const opening = openCoordination({ url: at(user) });
      await expect(opening).rejects.toMatchObject({ code: "permission_denied" });
      await expect(opening).rejects.toThrow("Check user and password");
    }
  });

  it("COORD-8.4 a server that cannot be reached fails the start, with its address", async () => {
    const proxy = await proxied();
    proxy.refuse();
    const opening = openCoordination({ url: `zookeeper://${proxy.address}/x`, openTimeoutMs: 3000 });
    await expect(opening).rejects.toMatchObject({ code: "unavailable" });
    await expect(opening).rejects.toThrow(proxy.address);
  });

  it.each([
    ["zookeeper://ada@h1", "a user without a password"],
    ["zookeeper://h1?ca=/no/such/file.pem", '"ca" cannot be read'],
  ])("refuses %s", async (url, message) => {
    const opening = openCoordination({ url });
    await expect(opening).rejects.toMatchObject({ code: "invalid_argument", reason: "SETTING" });
    await expect(opening).rejects.toThrow(message);
  });
});

describe("a watch", () => {
  it("COORD-3.3 shows no half of a multi, however fast they follow each other", async () => {
    const [watcher, ...writers] = await Promise.all(Array.from({ length: 4 }, () => open({ url: url("/whole") })));
    const keys = ["/p/a", "/p/b/c", "/p/d"];
    const seen = new Map<string, unknown>();
    const halves: unknown[][] = [];
    watcher?.watch("/p", (event) => {
      if (event.kind === "snapshot") seen.clear();
      const changes =
        event.kind === "changes" ? event.changes : event.entries.map((entry) => ({ kind: "put", entry }) as const);
      for (const change of changes) {
        if (change.kind === "put") seen.set(change.entry.key, change.entry.value);
        else seen.delete(change.key);
      }
      if (new Set(keys.map((key) => seen.get(key))).size !== 1) halves.push([...seen]);
    });
    const write = async (writer: Coordination, value: number) => {
      await writer.multi(keys.map((key) => ({ kind: "put", key, value })));
    };
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 0; n < 100; n += 1) await write(writer, 1000 * w + n);
      }),
    );
    await write(writers[0] as Coordination, -1);
    await vi.waitFor(() => expect(seen.get("/p/d")).toBe(-1), { timeout: 30_000 });
    expect(halves).toEqual([]);
  });
});

describe("a client that returns", () => {
  it("DISC-5.1 asks once for all that its watches know, however much that is", async () => {
    const asked = new Map<object, number[]>();
    const onRequest = (request: Buffer, connection: object) => {
      const codes = asked.get(connection) ?? [];
      asked.set(connection, codes); // the first frame is the greeting, and has no code
      if (request.length >= 12) codes.push(request.readInt32BE(8));
    };
    const proxy = await startFaultProxy({ target: ensemble.connectString, framing: zooKeeperFraming, onRequest });
    owned.push(proxy);
    const others = await open({ url: url("/return") });
    for (let n = 0; n < 20; n += 1) await others.put(`/services/${n % 3}/${n}`, n);
    const client = await open({ url: `zookeeper://${proxy.address}/return`, ttlMs: 120_000 });
    const seen = new Map<string, unknown>();
    const watched = Array.from({ length: 4 }, (_, n) => (n < 3 ? `/services/${n}` : "/absent"));
    const begun = new Set<string>();
    for (const prefix of watched) {
      client.watch(prefix, (event) => {
        begun.add(prefix);
        const changes = event.kind === "changes" ? event.changes : event.entries.map((entry) => ({ entry }));
        for (const change of changes) if ("entry" in change) seen.set(change.entry.key, change.entry.value);
      });
    }
    await vi.waitFor(() => expect([begun.size, seen.size]).toEqual([4, 20]), { timeout: 30_000 });
    const before = new Set(asked.keys());
    proxy.refuse();
    await others.put("/services/0/0", "changed");
    await others.put("/services/1/new", "made");
    await others.put("/absent/below", "made");
    proxy.accept();
    await vi.waitFor(
      () => {
        const made = ["/services/0/0", "/services/1/new", "/absent/below"];
        expect(made.map((key) => seen.get(key))).toEqual(["changed", "made", "made"]);
      },
      { timeout: 30_000 },
    );
    const [getData, getChildren, multiRead] = [4, 12, 22];
    for (const [connection, codes] of asked) {
      if (before.has(connection)) continue;
      const reads = codes.filter((code) => code === getData || code === getChildren || code === multiRead);
      expect(reads.length).toBeLessThanOrEqual(3); // one for what was known; one for what is new, one more for what is below that
    }
  });
});

describe("faults", () => {
  it("COORD-1.11 a create whose answer is lost has happened once, and is not tried again", async () => {
    const proxy = await proxied();
    const store = await open({ url: `zookeeper://${proxy.address}/lost` });
    for (let n = 0; n < 5; n += 1) {
      const multi = (request: Buffer) => request.length >= 12 && request.readInt32BE(8) === 14;
      const lost = proxy.dropReplyTo(multi);
      const creating = store.create(`/k${n}`, n, { ephemeral: n % 2 === 0 });
      await expect(creating).rejects.toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
      await lost;
      expect((await store.get(`/k${n}`, { fresh: true }))?.value).toBe(n);
    }
  });

  it("COORD-1.11 a put whose answer is lost has happened once, and is not tried again", async () => {
    const proxy = await proxied();
    const store = await open({ url: `zookeeper://${proxy.address}/lost` });
    await store.create("/put", 0);
    const before = await store.get("/put", { fresh: true });
    const setData = (request: Buffer) => request.length >= 12 && request.readInt32BE(8) === 5;
    const lost = proxy.dropReplyTo(setData);
    await expect(store.put("/put", 1, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: "unavailable",
      reason: "CONNECTION_LOST",
    });
    await lost;
    const after = await store.get("/put", { fresh: true });
    expect(after?.value).toBe(1);
    expect([before?.revision, after?.revision]).toEqual([`${made(before)}.0`, `${made(before)}.1`]);
  });

  it("opens later where the store is away: calls wait for it, and the session is told", async () => {
    const proxy = await proxied();
    proxy.refuse();
    const store = await open({ url: `zookeeper://${proxy.address}/later`, opens: "later", openTimeoutMs: 100 });
    expect(store.session.kind).toBe("connecting");
    await expect(store.get("/a", { timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    const writing = store.put("/a", 1, { timeoutMs: 30_000 });
    proxy.accept();
    expect((await writing).value).toBe(1);
    expect(store.session.kind).toBe("established");
  });

  it("is tried on where a member does not answer while the store is made ready", async () => {
    const proxy = await proxied();
    const exists = (request: Buffer) => request.length >= 12 && request.readInt32BE(8) === 3;
    const unanswered = proxy.dropReplyTo(exists, "go on");
    const at = `zookeeper://${proxy.address}/silent`;
    const store = await open({ url: at, opens: "later", openTimeoutMs: 100, ttlMs: 120_000 });
    await unanswered;
    expect((await store.put("/a", 1, { timeoutMs: 50_000 })).value).toBe(1);
  });

  it("what waits for a store that is away ends when it is closed", async () => {
    const proxy = await proxied();
    proxy.refuse();
    const store = await open({ url: `zookeeper://${proxy.address}/later`, opens: "later", openTimeoutMs: 100 });
    const reading = store.get("/a", { timeoutMs: 30_000 });
    await store.close();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
  });
});

it("COORD-8.2 COORD-8.4 reaches it over TLS with a certificate, and fails at once without", async () => {
  await using secure = await startZooKeeper({ tls: true });
  const files = secure.certificates ?? expect.fail("no certificates");
  const at = (query: string) => `zookeeper://${secure.connectString}/x?${query}`;
  const cert = `cert=${files.clientCertFile}&key=${files.clientKeyFile}`;
  const store = await open({ url: at(`ca=${files.caFile}&${cert}`) });
  expect(await store.put("/a", 1)).toMatchObject({ value: 1 });
  expect((await store.status()).members).toMatchObject([{ role: "leader" }]);
  await expect(openCoordination({ url: at(cert), openTimeoutMs: 60_000 })).rejects.toThrow(/certificate/);
  await store.close();
});
