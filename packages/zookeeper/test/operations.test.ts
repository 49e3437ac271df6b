import { startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAcl, openZooKeeper, permissions, type ZooKeeper, zooKeeperCode } from "../src/index.js";
import { failureOf } from "./support/until.js";

// every operation, against a real server

let ensemble: ZooKeeperEnsemble;
let zk: ZooKeeper;

beforeAll(async () => {
  ensemble = await startZooKeeper();
  zk = await openZooKeeper(ensemble.connectString, { sessionTimeoutMs: 60_000, requestTimeoutMs: 60_000 });
}, 120_000);

afterAll(async () => {
  await zk?.close();
  await ensemble?.close();
}, 60_000);

async function codeOf(promise: Promise<unknown>): Promise<[string, string | undefined]> {
  const error = (await failureOf(promise)) as { code: string };
  return [error.code, zooKeeperCode(error)];
}

describe("a node", () => {
  it("COORD-11.1 is created, read, written on condition, and deleted", async () => {
    const { path, stat } = await zk.create("/node", "first");
    expect(path).toBe("/node");
    expect(stat).toMatchObject({ version: 0, dataLength: 5, ephemeralOwner: 0n });
    expect((await zk.getData("/node")).data.toString()).toBe("first");
    expect(await zk.setData("/node", "second", { version: 0 })).toMatchObject({ version: 1 });
    expect(await codeOf(zk.setData("/node", "third", { version: 0 }))).toEqual(["aborted", "bad_version"]);
    expect(await codeOf(zk.delete("/node", { version: 0 }))).toEqual(["aborted", "bad_version"]);
    expect(await zk.exists("/node")).toMatchObject({ czxid: stat.czxid, version: 1 });
    await zk.delete("/node", { version: 1 });
    expect(await zk.exists("/node")).toBeUndefined();
    expect(await codeOf(zk.getData("/node"))).toEqual(["not_found", "no_node"]);
  });

  it("keeps version 0 a condition, and bytes what they are", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    await zk.create("/bytes", bytes);
    await zk.setData("/bytes", bytes);
    expect(await codeOf(zk.delete("/bytes", { version: 0 }))).toEqual(["aborted", "bad_version"]);
    expect((await zk.getData("/bytes")).data).toEqual(bytes);
    await zk.setData("/bytes", null);
    expect((await zk.getData("/bytes")).data).toHaveLength(0);
  });

  it("is refused twice, without a parent, below an ephemeral one, and with children", async () => {
    await zk.create("/parent");
    await zk.create("/parent/child");
    await zk.create("/short", null, { mode: "ephemeral" });
    expect(await codeOf(zk.create("/parent"))).toEqual(["already_exists", "node_exists"]);
    expect(await codeOf(zk.create("/absent/child"))).toEqual(["not_found", "no_node"]);
    expect(await codeOf(zk.create("/short/child"))).toEqual(["failed_precondition", "no_children_for_ephemerals"]);
    expect(await codeOf(zk.delete("/parent"))).toEqual(["failed_precondition", "not_empty"]);
  });

  it("COORD-11.1 is ephemeral, sequential, both, a container, or has a time to live", async () => {
    const { sessionId } = zk.state as { sessionId: bigint };
    await zk.create("/modes");
    const ephemeral = await zk.create("/modes/e", null, { mode: "ephemeral" });
    expect(ephemeral.stat.ephemeralOwner).toBe(sessionId);
    const first = await zk.create("/modes/s-", null, { sequential: true });
    const second = await zk.create("/modes/s-", null, { sequential: true, mode: "ephemeral" });
    expect(first.path).toMatch(/^\/modes\/s-\d{10}$/);
    expect(second.path > first.path).toBe(true);
    expect(second.stat.ephemeralOwner).toBe(sessionId);
    expect((await zk.create("/modes/", null, { sequential: true })).path).toMatch(/^\/modes\/\d{10}$/);
    await zk.create("/modes/c", null, { mode: "container" });
    await zk.create("/modes/t", null, { ttlMs: 60_000 });
    expect((await zk.create("/modes/t-", null, { ttlMs: 60_000, sequential: true })).path).toMatch(/t-\d{10}$/);
    expect((await zk.getEphemerals("/modes")).toSorted()).toEqual([ephemeral.path, second.path]);
    expect(await zk.countDescendants("/modes")).toBe(7);
  });

  it("COORD-11.1 lists its children, and has an access list", async () => {
    await zk.create("/list");
    for (const name of ["b", "a", "ü"]) await zk.create(`/list/${name}`);
    const { children, stat } = await zk.getChildren("/list");
    expect(children.toSorted()).toEqual(["a", "b", "ü"]);
    expect(stat.numChildren).toBe(3);
    expect((await zk.getAcl("/list")).acl).toEqual(openAcl);
    const acl = [{ permissions: permissions.read | permissions.admin, scheme: "world", id: "anyone" }];
    expect(await zk.setAcl("/list", acl, { version: 0 })).toMatchObject({ aversion: 1 });
    expect((await zk.getAcl("/list")).acl).toEqual(acl);
    expect(await codeOf(zk.setData("/list", "x"))).toEqual(["permission_denied", "no_auth"]);
    expect(await codeOf(zk.setAcl("/list", [], { version: 1 }))).toEqual(["invalid_argument", "invalid_acl"]);
  });

  it("goes with a session that is closed in order", async () => {
    const other = await openZooKeeper(ensemble.connectString);
    await other.create("/goes", null, { mode: "ephemeral" });
    expect(await zk.exists("/goes")).toBeDefined();
    await other.close();
    await zk.sync("/goes");
    expect(await zk.exists("/goes")).toBeUndefined();
  });
});

describe("a multi", () => {
  it("COORD-11.1 does all of it, in order", async () => {
    const outcomes = await zk.multi([
      { kind: "create", path: "/multi", data: "1" },
      { kind: "create", path: "/multi/s-", sequential: true, mode: "ephemeral" },
      { kind: "create", path: "/multi/c", mode: "container" },
      { kind: "setData", path: "/multi", data: "2", version: 0 },
      { kind: "check", path: "/multi", version: 1 },
      { kind: "delete", path: "/multi/c" },
    ]);
    expect(outcomes).toMatchObject([
      { kind: "created", path: "/multi" },
      { kind: "created", path: expect.stringMatching(/^\/multi\/s-\d{10}$/) },
      { kind: "created", path: "/multi/c" },
      { kind: "written", stat: { version: 1 } },
      { kind: "checked" },
      { kind: "deleted" },
    ]);
  });

  it("COORD-11.1 does none of it where a check fails, and names the step", async () => {
    await zk.create("/checked");
    const failure = await failureOf(
      zk.multi([
        { kind: "create", path: "/never" },
        { kind: "check", path: "/checked", version: 5 },
        { kind: "delete", path: "/checked" },
      ]),
    );
    expect(failure).toMatchObject({
      code: "aborted",
      details: { zookeeper: "bad_version", path: "/checked", step: 1 },
      message: expect.stringContaining("multi, step 1: check /checked"),
    });
    expect(await zk.exists("/never")).toBeUndefined();
  });

  it("of nothing does nothing", async () => {
    expect(await zk.multi([])).toEqual([]);
  });

  it("of reads answers each by itself", async () => {
    await zk.create("/read", "data");
    const [data, children, absent] = await zk.multiRead([
      { kind: "getData", path: "/read" },
      { kind: "getChildren", path: "/read" },
      { kind: "getData", path: "/absent" },
    ]);
    expect(data).toMatchObject({ kind: "data", data: Buffer.from("data"), stat: { version: 0 } });
    expect(children).toEqual({ kind: "children", children: [] });
    expect(absent).toMatchObject({ kind: "failed", error: { code: "not_found", details: { path: "/absent" } } });
  });
});

describe("a chroot", () => {
  it("stands before every path, and in front of none that comes back", async () => {
    await zk.create("/inside");
    await using inside = await openZooKeeper(`${ensemble.connectString}/inside`);
    expect((await inside.create("/a", "x")).path).toBe("/a");
    expect((await inside.create("/", null, { sequential: true })).path).toMatch(/^\/\d{10}$/);
    await inside.create("/e", null, { mode: "ephemeral" });
    expect(await inside.getEphemerals()).toEqual(["/e"]);
    expect((await zk.getData("/inside/a")).data.toString()).toBe("x");
    expect(await inside.multi([{ kind: "create", path: "/m" }])).toMatchObject([{ path: "/m" }]);
    expect((await inside.getChildren("/")).children).toHaveLength(4);
    const failure = (await failureOf(inside.delete("/nothing"))) as Error;
    expect(failure).toMatchObject({ details: { path: "/nothing" } });
    expect(failure.message).not.toContain("/inside");
  });
});

describe("credentials", () => {
  it("COORD-8.1 of digest open what they lock, given at the start or later", async () => {
    const acl = [{ permissions: permissions.all, scheme: "auth", id: "" }];
    const auth = { scheme: "digest", credentials: "ada:secret" };
    await using ada = await openZooKeeper(ensemble.connectString, { auth: [auth] });
    expect(await ada.whoAmI()).toContainEqual({ scheme: "digest", user: "ada" });
    await ada.create("/locked", "hers", { acl });
    expect(await codeOf(zk.getData("/locked"))).toEqual(["permission_denied", "no_auth"]);
    await using late = await openZooKeeper(ensemble.connectString);
    expect(await codeOf(late.getData("/locked"))).toEqual(["permission_denied", "no_auth"]);
    await late.addAuth(auth);
    expect((await late.getData("/locked")).data.toString()).toBe("hers");
    await using wrong = await openZooKeeper(ensemble.connectString, { auth: [{ ...auth, credentials: "ada:wrong" }] });
    expect(await codeOf(wrong.getData("/locked"))).toEqual(["permission_denied", "no_auth"]);
  });

  it("COORD-8.4 of a scheme that the server does not know fail the start, and close a client that runs", async () => {
    const auth = { scheme: "nonsense", credentials: "x" };
    expect(await codeOf(openZooKeeper(ensemble.connectString, { auth: [auth] }))).toEqual([
      "unauthenticated",
      "auth_failed",
    ]);
    await using late = await openZooKeeper(ensemble.connectString);
    expect(await codeOf(late.addAuth(auth))).toEqual(["unauthenticated", "auth_failed"]);
    expect(late.state).toMatchObject({ kind: "closed", error: { code: "unauthenticated" } });
  });
});

describe("a large request", () => {
  it("goes through up to what the server takes, and is refused beyond, the connection unharmed", async () => {
    const { stat } = await zk.create("/large", Buffer.alloc(1_048_450));
    expect(stat.dataLength).toBe(1_048_450);
    expect((await zk.getData("/large")).data).toHaveLength(1_048_450);
    expect(await failureOf(zk.setData("/large", Buffer.alloc(1_048_576)))).toMatchObject({
      reason: "MESSAGE_TOO_LARGE",
    });
    expect(await zk.exists("/large")).toMatchObject({ version: 0 });
  });
});

describe("many requests", () => {
  it("are answered each by its own answer", async () => {
    await zk.create("/many");
    const values = Array.from({ length: 2000 }, (_, index) => `value ${index}`);
    await Promise.all(values.map((value, index) => zk.create(`/many/${index}`, value)));
    const read = await Promise.all(values.map((_, index) => zk.getData(`/many/${index}`)));
    expect(read.map(({ data }) => data.toString())).toEqual(values);
    expect((await zk.getChildren("/many")).children).toHaveLength(2000);
  });
});
