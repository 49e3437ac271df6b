import { expect, it } from "vitest";
import { startEtcd } from "../../src/index.js";

it("three members elect another leader when theirs is killed, take it back, and have one of them replaced", async () => {
  await using servers = await startEtcd({ members: 3 });
  await servers.etcdctl("put", "/kept", "1");
  const first = await servers.leader();
  await first.kill();
  expect(first.status).toBe("stopped");
  const second = await servers.leader();
  expect(second).not.toBe(first);
  first.start();
  await servers.healthy();
  first.freeze();
  expect(first.status).toBe("frozen");
  first.thaw();
  expect(await servers.etcdctl("get", "/kept", "--print-value-only")).toBe("1\n");
  expect(await servers.compact()).toBeGreaterThan(1);
  await servers.replace(second);
  expect((await servers.etcdctl("member", "list")).trim().split("\n")).toHaveLength(3);
  await first.kill(); // with the replacement there is a majority without it
  expect(await servers.leader()).not.toBe(first);
  expect(await servers.etcdctl("get", "/kept", "--print-value-only")).toBe("1\n");
});

it("asks for certificates and passwords where it is told to", async () => {
  await using servers = await startEtcd({ tls: true, rootPassword: "secret" });
  await servers.etcdctl("put", "/a", "1");
  await expect(servers.etcdctl("--user", "root:guess", "get", "/a")).rejects.toThrow("authentication failed");
  const withoutTls = await fetch(`http://${servers.hosts}/health`)
    .then(({ ok }) => ok)
    .catch(() => false);
  expect(withoutTls).toBe(false);
  expect(await servers.etcdctl("user", "list")).toBe("root\n");
});
