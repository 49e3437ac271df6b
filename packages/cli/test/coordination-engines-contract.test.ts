import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Coordination, openCoordination } from "@skylark/coordination";
import { type EtcdServers, startEtcd, startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { exitCodes, run } from "../src/index.js";
import { type RecordedTerminal, recordedTerminal } from "./recorded-terminal.js";

const home = mkdtempSync(join(tmpdir(), "sky-"));
let embedded: Coordination;
let zookeeper: ZooKeeperEnsemble;
let etcd: EtcdServers;

beforeAll(async () => {
  [embedded, zookeeper, etcd] = await Promise.all([
    openCoordination({ home }),
    startZooKeeper({ members: 3, tickMs: 250, properties: { syncLimit: 40, initLimit: 120 } }),
    startEtcd({ members: 2 }),
  ]);
});
afterAll(async () => {
  await embedded?.close();
  await zookeeper?.close();
  await etcd?.close();
  rmSync(home, { recursive: true, force: true });
});

const engines = {
  embedded: () => "embedded",
  zookeeper: () => `zookeeper://${zookeeper.members.map(({ address }) => address).join(",")}/sky`,
  etcd: () => `etcd://${etcd.hosts}`,
};

/** What `watch` prints first; then it is interrupted. */
async function watchedOnce(engine: keyof typeof engines, path: string): Promise<unknown> {
  const interrupt = new AbortController();
  const terminal = recordedTerminal({ interruption: () => interrupt.signal });
  const running = skyOn(terminal, engine, "watch", path, "--json");
  await vi.waitUntil(() => terminal.result().includes("\n"), { timeout: 30_000 });
  interrupt.abort();
  await running;
  return JSON.parse(terminal.result().split("\n")[0] ?? "");
}

function sky(engine: keyof typeof engines, ...argv: string[]) {
  return skyOn(recordedTerminal(), engine, ...argv);
}

async function skyOn(terminal: RecordedTerminal, engine: keyof typeof engines, ...argv: string[]) {
  const where = ["--coordination", engines[engine](), "--home", home, "--timeout", "30s"];
  const exitCode = await run(["coordination", ...argv, ...where], terminal);
  return { exitCode, result: terminal.result(), remarks: terminal.remarks() };
}

describe.each(["embedded", "zookeeper", "etcd"] as const)("sky coordination on %s", (engine) => {
  it("COORD-11.2 creates, gets, sets, lists, watches, syncs and deletes", async () => {
    const created = JSON.parse((await sky(engine, "create", "/a/b", '{"n":1}', "--json")).result) as Record<
      string,
      string
    >;
    expect(created).toMatchObject({ key: "/a/b", value: { n: 1 }, owner: null });
    expect((await sky(engine, "create", "/a/b", "2")).remarks).toContain("already_exists");
    const revision = created["revision"] ?? "none";
    expect((await sky(engine, "set", "/a/b", "2", "--revision", revision)).exitCode).toBe(exitCodes.ok);
    expect((await sky(engine, "set", "/a/b", "3", "--revision", revision)).remarks).toContain("aborted");
    expect((await sky(engine, "sync")).exitCode).toBe(exitCodes.ok);
    expect((await sky(engine, "get", "/a/b")).result).toBe("2\n");
    const names = JSON.parse((await sky(engine, "ls", "/a", "--json")).result) as object;
    expect(names).toMatchObject({ names: [{ name: "b", entry: { value: 2 } }] });
    expect(await watchedOnce(engine, "/a")).toMatchObject({ kind: "snapshot", entries: [{ key: "/a/b", value: 2 }] });
    expect((await sky(engine, "rm", "-r", "/a", "--yes")).exitCode).toBe(exitCodes.ok);
    expect((await sky(engine, "get", "/a/b")).exitCode).toBe(exitCodes.nothingFound);
  });
});

it.each(["embedded", "etcd"] as const)("COORD-11.3 sky coordination acl is refused by name on %s", async (engine) => {
  const { exitCode, remarks } = await sky(engine, "acl", "/a");
  expect(exitCode).toBe(exitCodes.failed);
  expect(remarks).toMatch(/unimplemented: .*(embedded|etcd)/);
});

describe("sky coordination acl on ZooKeeper", () => {
  it("COORD-11.1 tells who may do what, and settles it", async () => {
    await sky("zookeeper", "create", "/guarded", "1");
    expect((await sky("zookeeper", "acl", "/guarded")).result).toBe("world:anyone:cdrwa\n");
    const list = "digest:ada:NQ6Wl5d2Gx7kV0pJ0m9p4h1t3sY=:cdrwa,world:anyone:ra";
    const settled = await sky("zookeeper", "acl", "/guarded", "--set", list, "--json");
    expect(JSON.parse(settled.result)).toEqual({
      path: "/guarded",
      grants: [
        {
          scheme: "digest",
          id: "ada:NQ6Wl5d2Gx7kV0pJ0m9p4h1t3sY=",
          permissions: ["create", "delete", "read", "write", "admin"],
        },
        { scheme: "world", id: "anyone", permissions: ["read", "admin"] },
      ],
    });
    expect((await sky("zookeeper", "set", "/guarded", "2")).remarks).toContain("permission_denied");
    expect((await sky("zookeeper", "acl", "/absent")).remarks).toContain("not_found");
  });
});

describe("sky coordination status", () => {
  it("COORD-9.6 shows members, leader, and what may fail", async () => {
    const status = JSON.parse((await sky("zookeeper", "status", "--json")).result) as { members: { role: string }[] };
    expect(status).toMatchObject({ engine: "zookeeper", failuresTolerated: 1, warnings: [] });
    expect(status.members.map(({ role }) => role).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "follower",
      "follower",
      "leader",
    ]);
  });

  it("COORD-9.7 warns of an even number of members", async () => {
    const { result, remarks } = await sky("etcd", "status");
    expect(result).toMatch(/engine +etcd/);
    expect(remarks).toContain("warning: 2 members bear no more failures than 1 do (0)");
  });
});

describe("the engine's own tools", () => {
  it("COORD-7.3 COORD-PORT-3 COORD-PORT-7 COORD-ENGINE-1 COORD-ENGINE-2 etcdctl reads and writes the same entries", async () => {
    await sky("etcd", "create", "/tools/deep/a", '{"n":1}');
    expect(await etcd.etcdctl("get", "--print-value-only", "/tools/deep/a")).toBe('{"n":1}\n');
    expect(await etcd.etcdctl("get", "--prefix", "--keys-only", "/tools")).toBe("/tools/deep/a\n\n");
    await etcd.etcdctl("put", "/tools/b", '["by hand"]');
    await etcd.etcdctl("put", "/tools/no key", "1");
    await etcd.etcdctl("put", "/tools/text", "no JSON");
    expect(JSON.parse((await sky("etcd", "get", "/tools/b")).result)).toEqual(["by hand"]);
    const all = JSON.parse((await sky("etcd", "ls", "-r", "/tools", "--json")).result) as { entries: object[] };
    expect(all.entries).toMatchObject([
      { key: "/tools/b", value: ["by hand"] },
      { key: "/tools/deep/a", value: { n: 1 } },
      { key: "/tools/text", value: "no JSON" },
    ]);
  });

  it("COORD-7.3 COORD-PORT-3 COORD-PORT-7 COORD-ENGINE-1 zkCli.sh reads and writes the same entries", async () => {
    await sky("zookeeper", "create", "/tools/deep/a", '{"n":1}');
    expect(await zkCli("get", "/sky/tools/deep/a")).toMatch(/^\{"n":1\}$/m);
    await zkCli("create", "/sky/tools/b", "7");
    expect((await sky("zookeeper", "get", "/tools/b")).result).toBe("7\n");
    const names = JSON.parse((await sky("zookeeper", "ls", "/tools", "--json")).result) as object;
    expect(names).toMatchObject({ names: [{ name: "b" }, { name: "deep", entry: null }] });
  });
});

async function zkCli(...command: string[]): Promise<string> {
  const argv = ["-server", zookeeper.members[0]?.address ?? "", ...command];
  const { stdout } = await promisify(execFile)("/usr/share/zookeeper/bin/zkCli.sh", argv, { timeout: 60_000 });
  return stdout;
}

describe("moving a system", () => {
  it("COORD-11.2 from the embedded store to ZooKeeper, and on to etcd, keeps every lasting entry", async () => {
    const value = { title: "Grades", list: [1, "zwei", null, { nested: true }] };
    for (let n = 0; n < 100; n++) await embedded.create(`/moved/${n}/deep`, { n, ...value });
    await embedded.create("/moved", "a value above others");
    await embedded.create("/moved/e", 1, { ephemeral: true });
    const path = join(home, "export.jsonl");
    const route = ["embedded", "zookeeper", "etcd"] as const;
    const contents: string[] = [];
    for (const [index, engine] of route.entries()) {
      const { result } = await sky(engine, "export", "--under", "/moved");
      contents.push(result.slice(result.indexOf("\n") + 1));
      writeFileSync(path, result);
      const next = route[index + 1];
      if (next) expect((await sky(next, "import", path)).result).toBe("101 created, 0 written over, 0 are the same\n");
    }
    expect(contents[0]?.trim().split("\n")).toHaveLength(101);
    expect(contents[1]).toBe(contents[0]);
    expect(contents[2]).toBe(contents[0]);
  });
});
