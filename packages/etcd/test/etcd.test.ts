import { once } from "node:events";
import { createServer } from "node:net";
import { type EtcdServers, freePorts, startEtcd } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Etcd, keysWith, openEtcd, type WatchEvent } from "../src/index.js";
import { open, openBehindProxy } from "./servers.js";

let servers: EtcdServers;
let etcd: Etcd;

beforeAll(async () => {
  servers = await startEtcd();
  etcd = await open(servers);
});

afterAll(async () => {
  await etcd.close();
  await servers.close();
});

const text = (value: Uint8Array | undefined) => new TextDecoder().decode(value);
const until = (met: () => boolean | Promise<boolean>) => expect.poll(met).toBe(true);

describe("keys and values", () => {
  it("are read however many there are, all as of one revision", async () => {
    for (let n = 0; n < 300; n += 100) {
      const steps = Array.from(
        { length: 100 },
        (_, at) => ({ kind: "put", key: `/many/${n + at}`, value: "x" }) as const,
      );
      await etcd.transact({ when: [], steps });
    }
    const { entries, revision } = await etcd.read(keysWith("/many/"), { keysOnly: true });
    expect(entries).toHaveLength(300);
    expect(entries.map(({ key }) => key)).toEqual(entries.map(({ key }) => key).toSorted());
    expect(entries.at(-1)?.value).toHaveLength(0);
    expect(await etcd.put("/other", "1")).toBe(revision + 1n);
    expect(await etcd.delete(keysWith("/many/"))).toBe(300);
  });

  it("change on condition, and show what there was where it does not hold", async () => {
    const range = { from: "/conditional" };
    const create = {
      when: [{ range, what: "version", is: "=", value: 0n }],
      steps: [{ kind: "put", key: range.from, value: "1" }],
    } as const;
    const first = await etcd.transact({ ...create, otherwise: [{ kind: "read", range }] });
    expect(first).toMatchObject({ succeeded: true, results: [{ kind: "put" }] });
    const second = await etcd.transact({ ...create, otherwise: [{ kind: "read", range }] });
    expect(second.succeeded).toBe(false);
    const [found] = second.results;
    expect(found?.kind === "read" && found.entries[0]).toMatchObject({
      revision: first.revision,
      version: 1n,
      lease: 0n,
    });
  });

  it("are updated where they are, by themselves and in transactions, and stay with their lease", async () => {
    const lease = await etcd.grantLease(600_000, () => undefined);
    const range = { from: "/updated" };
    const made = await etcd.put(range.from, "0", { lease: lease.id });
    const updated = await etcd.update(range.from, "1");
    expect(updated).toEqual({ revision: made + 1n, lease: lease.id });
    const put = { kind: "put", key: range.from, value: "2", lease: "kept" } as const;
    const when = [{ range, what: "revision", is: "=", value: updated.revision }] as const;
    const transacted = await etcd.transact({ when, steps: [put] });
    expect(transacted).toMatchObject({ succeeded: true, results: [{ kind: "put", kept: lease.id }] });
    const found = await etcd.get(range.from);
    expect([text(found?.value), found?.lease]).toEqual(["2", lease.id]);
    await lease.revoke();
  });

  it("are not updated where they are not: that is told, and certain", async () => {
    const absent = { code: "not_found", notExecuted: true };
    await expect(etcd.update("/absent", "1")).rejects.toMatchObject(absent);
    const put = { kind: "put", key: "/absent", value: "1", lease: "kept" } as const;
    await expect(etcd.transact({ when: [], steps: [put] })).rejects.toMatchObject(absent);
    expect(await etcd.get("/absent")).toBeUndefined();
  });
});

describe("watches", () => {
  it("COORD-3.3 a lease's end is told in one piece, though the server cuts its answer into fragments", async () => {
    const lease = await etcd.grantLease(30_000, () => undefined);
    const long = "k".repeat(480);
    const keys = Array.from({ length: 4000 }, (_, n) => `/lease/${long}/${n}`);
    const revision = await etcd.put("/lease", "");
    for (let at = 0; at < keys.length; at += 128) {
      const steps = keys.slice(at, at + 128).map((key) => ({ kind: "put", key, value: "", lease: lease.id }) as const);
      await etcd.transact({ when: [], steps });
    }
    const told: number[] = [];
    const watch = etcd.watch(keysWith("/lease/"), revision, (event) => {
      if (event.kind === "changed" && event.changes[0]?.kind === "deleted") told.push(event.changes.length);
    });
    await lease.revoke();
    await until(() => told.length > 0);
    watch.close();
    expect(told).toEqual([4000]);
  });

  it("COORD-3.4 go on after a lost connection, at the revision after the last", async () => {
    const { proxy, etcd: behind } = await openBehindProxy(servers);
    const told: bigint[] = [];
    const first = await etcd.put("/resumed/a", "0");
    behind.watch(keysWith("/resumed/"), first, (event) => event.kind === "changed" && told.push(event.revision));
    await until(() => told.length === 1);
    proxy.freeze();
    const missed = [await etcd.put("/resumed/a", "1"), await etcd.put("/resumed/b", "2")];
    proxy.thaw();
    proxy.cut();
    await until(() => told.length === 3);
    const last = await etcd.put("/resumed/a", "3");
    await until(() => told.length === 4);
    expect(told).toEqual([first, ...missed, last]);
    await behind.close();
    await proxy.close();
  });

  it("COORD-3.6 say so where the history to go on from is gone", async () => {
    const first = await etcd.put("/compacted", "0");
    const last = await etcd.put("/compacted", "1");
    await etcd.compact(last);
    const events: WatchEvent[] = [];
    etcd.watch({ from: "/compacted" }, first, (event) => events.push(event));
    await until(() => events.length === 1);
    expect(events).toEqual([{ kind: "compacted", compactRevision: last }]);
  });
});

describe("a lost answer", () => {
  it("COORD-1.11 of a write is told as unknown, and the write is not repeated", async () => {
    const { proxy, etcd: behind } = await openBehindProxy(servers);
    proxy.drop("to-client");
    const writing = behind.put("/once", "1").then(
      () => "answered",
      (error: unknown) => error,
    );
    await until(async () => (await etcd.get("/once")) !== undefined);
    proxy.cut();
    proxy.thaw();
    expect(await writing).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST", notExecuted: false });
    expect(await behind.get("/once")).toMatchObject({ version: 1n });
    await behind.close();
    await proxy.close();
  });

  it("of a read is asked for again", async () => {
    const { proxy, etcd: behind } = await openBehindProxy(servers);
    await etcd.put("/read", "1");
    proxy.freeze();
    const reading = behind.get("/read", { timeoutMs: 30_000 });
    proxy.cut();
    proxy.thaw();
    expect(text((await reading)?.value)).toBe("1");
    await behind.close();
    await proxy.close();
  });

  it("is not waited for beyond the time-out, nor once told to stop", async () => {
    const { proxy, etcd: behind } = await openBehindProxy(servers);
    proxy.freeze();
    await expect(behind.get("/a", { timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    const abort = new AbortController();
    const told = behind.put("/a", "1", { signal: abort.signal });
    abort.abort();
    await expect(told).rejects.toMatchObject({ code: "cancelled" });
    await behind.close();
    await proxy.close();
  });
});

describe("leases", () => {
  it("tell when the cluster has ended them", async () => {
    const statuses: string[] = [];
    const lease = await etcd.grantLease(30_000, (status) => statuses.push(status));
    expect(lease.remainingMs).toBeGreaterThan(0);
    await etcd.put("/leased", "1", { lease: lease.id });
    await servers.etcdctl("lease", "revoke", lease.id.toString(16));
    lease.check();
    await until(() => statuses.length > 0);
    expect(statuses).toEqual(["lost"]);
    expect([lease.status, lease.remainingMs]).toEqual(["lost", 0]);
    expect(await etcd.get("/leased")).toBeUndefined();
    await lease.revoke();
  });
});

describe("opening and closing", () => {
  it("fails at once where every member refuses, and names them", async () => {
    const endpoints = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
    const opening = openEtcd({ endpoints, openTimeoutMs: 600_000 });
    await expect(opening).rejects.toMatchObject({ code: "unavailable", notExecuted: true });
    for (const endpoint of endpoints) await expect(opening).rejects.toThrow(`${endpoint}: connect ECONNREFUSED`);
  });

  it("fails in time where a member takes connections and says nothing", async () => {
    const mute = createServer().listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as { port: number };
    const opening = openEtcd({ endpoints: [`127.0.0.1:${port}`], openTimeoutMs: 100 });
    await expect(opening).rejects.toThrow("does not answer within 1000 ms");
    mute.close();
  });

  it("refuses what is no endpoint", async () => {
    await expect(openEtcd({ endpoints: ["http://h:1"] })).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(openEtcd({ endpoints: [] })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("ends what is under way, and refuses what follows", async () => {
    const { proxy, etcd: behind } = await openBehindProxy(servers);
    proxy.freeze();
    const reading = behind.get("/a");
    await behind.close();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
    await expect(behind.get("/a")).rejects.toMatchObject({ code: "failed_precondition" });
    await proxy.close();
  });

  it("knows the members, and the one it talks to", async () => {
    const [member] = await etcd.members();
    expect(member).toMatchObject({ name: "m1", role: "leader", version: expect.stringMatching(/^3\./) as string });
    expect(await etcd.connectedTo()).toBe(member?.address);
  });
});
