import { clientTls, type EtcdServers, makeCertificates, removeFolder, serverFolder, startEtcd } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "./servers.js";

let servers: EtcdServers;
let folder: string;

beforeAll(async () => {
  folder = serverFolder("other-authority");
  servers = await startEtcd({ tls: true, rootPassword: "secret" });
});

afterAll(async () => {
  await servers.close();
  removeFolder(folder);
});

const user = { name: "root", password: "secret" };
const tls = () => clientTls(servers.certificates ?? makeCertificates(folder));

describe("etcd with TLS and passwords", () => {
  it("COORD-8.3 lets those in who show a certificate and know the password", async () => {
    await using etcd = await open(servers, { tls: tls(), user });
    await etcd.put("/a", "1");
    expect(await etcd.get("/a")).toMatchObject({ key: "/a" });
  });

  it("COORD-8.3 goes on when the token is no longer good", async () => {
    await using etcd = await open(servers, { tls: tls(), user, timeoutMs: 30_000 });
    await etcd.put("/a", "1");
    const told: bigint[] = [];
    const lease = await etcd.grantLease(60_000, () => undefined);
    const [member] = servers.members;
    await member?.kill(); // its tokens are in its memory
    member?.start();
    await servers.healthy();
    const revision = await etcd.put("/a", "2");
    etcd.watch({ from: "/a" }, revision, (event) => event.kind === "changed" && told.push(event.revision));
    await expect.poll(() => told).toEqual([revision]);
    await lease.revoke();
  });

  it.each([
    ["a wrong password", () => ({ tls: tls(), user: { ...user, password: "guess" } }), "authentication failed"],
    ["no certificate", () => ({ tls: { ...tls(), cert: undefined, key: undefined }, user }), "Check cert and key"],
    ["another authority", () => ({ tls: clientTls(makeCertificates(folder)), user }), "Check the authority"],
  ])("COORD-8.4 is refused at once for %s", async (_, options, message) => {
    const opening = open(servers, { ...options(), openTimeoutMs: 600_000 });
    await expect(opening).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(opening).rejects.toThrow(message);
  });

  it("COORD-8.4 tells a user what is not theirs to read", async () => {
    await servers.etcdctl("user", "add", "guest:guest");
    await using etcd = await open(servers, { tls: tls(), user: { name: "guest", password: "guest" } });
    await expect(etcd.get("/a")).rejects.toMatchObject({ code: "permission_denied" });
    const failed = new Promise((told) => etcd.watch({ from: "/a" }, 1n, told));
    expect(await failed).toMatchObject({ kind: "failed", error: { code: "permission_denied" } });
  });
});
