import { type EtcdServers, freePorts, startEtcd } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCoordination } from "../../src/index.js";

let servers: EtcdServers;

beforeAll(async () => {
  servers = await startEtcd({ tls: true, rootPassword: "s:cret" });
});

afterAll(async () => {
  await servers.close();
});

function url({ password = "s%3Acret", prefix = "/skylark/test" } = {}): string {
  const { caFile, clientCertFile, clientKeyFile } = servers.certificates ?? {
    caFile: "",
    clientCertFile: "",
    clientKeyFile: "",
  };
  return `etcd://root:${password}@${servers.hosts}${prefix}?ca=${caFile}&cert=${clientCertFile}&key=${clientKeyFile}`;
}

describe("coordination on etcd", () => {
  it("COORD-4.5 COORD-8.3 works against etcd 3.4 and newer, with user, password and certificates from the URL", async () => {
    await using client = await openCoordination({ url: url() });
    const entry = await client.create("/a/b", { x: 1 });
    expect(await client.get("/a/b", { fresh: true })).toEqual(entry);
    const { engine, members, facts } = await client.status();
    expect(engine).toBe("etcd");
    expect(Number.parseFloat(members[0]?.version ?? "")).toBeGreaterThanOrEqual(3.4);
    expect(facts).toEqual({ prefix: "/skylark/test" });
  });

  it("COORD-7.1 COORD-7.3 lies there as etcdctl lists it: paths as keys, plain JSON as values", async () => {
    await using client = await openCoordination({ url: url({ prefix: "" }) });
    await client.create("/skylark/main/services/grading/127.0.0.1:4000~k3f9", { weight: 100 }, { ephemeral: true });
    await client.create("/skylark/main/services/log", [1]);
    const listed = await servers.etcdctl("get", "--prefix", "/skylark/main/services");
    expect(listed).toBe(
      '/skylark/main/services/grading/127.0.0.1:4000~k3f9\n{"weight":100}\n/skylark/main/services/log\n[1]\n',
    );
  });

  it("COORD-7.3 reads what etcdctl has written, plain text as text, and leaves names alone that are no keys", async () => {
    await servers.etcdctl("put", "/by-hand/json", '{"a":[1]}');
    await servers.etcdctl("put", "/by-hand/text", "hello");
    await servers.etcdctl("put", "/by-hand/not a key", "1");
    await using client = await openCoordination({ url: url({ prefix: "" }) });
    const values = (await client.list("/by-hand")).map(({ key, value }) => [key, value]);
    expect(values).toEqual([
      ["/by-hand/json", { a: [1] }],
      ["/by-hand/text", "hello"],
    ]);
  });

  it("sees nothing beside its prefix", async () => {
    await using one = await openCoordination({ url: url({ prefix: "/one" }) });
    await using two = await openCoordination({ url: url({ prefix: "/two" }) });
    await one.put("/a", 1);
    expect(await two.get("/a", { fresh: true })).toBeUndefined();
    expect(await two.children("/", { fresh: true })).toEqual([]);
    expect((await one.list("/")).map(({ key }) => key)).toEqual(["/a"]);
  });

  it("COORD-8.4 a wrong password fails at once and says so, also where it may open later", async () => {
    for (const opens of ["now", "later"] as const) {
      const opening = openCoordination({ url: url({ password: "guess" }), opens, openTimeoutMs: 600_000 });
      await expect(opening).rejects.toMatchObject({ code: "unauthenticated" });
      await expect(opening).rejects.toThrow("authentication failed");
    }
  });

  it("a cluster that is not there fails at once and is named, or is tried on where it may open later", async () => {
    const [port] = await freePorts(1);
    const gone = `etcd://127.0.0.1:${port}`;
    const opening = openCoordination({ url: gone, openTimeoutMs: 600_000 });
    await expect(opening).rejects.toMatchObject({ code: "unavailable" });
    await expect(opening).rejects.toThrow(`127.0.0.1:${port}`);
    const warned: string[] = [];
    const log = (level: string, message: string) => void (level === "warn" && warned.push(message));
    await using later = await openCoordination({ url: gone, opens: "later", openTimeoutMs: 200, log });
    expect(later.session).toEqual({ kind: "connecting" });
    expect(warned).toEqual([expect.stringContaining("is tried on")]);
  });
});
