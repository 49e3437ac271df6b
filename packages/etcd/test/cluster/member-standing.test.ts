import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { freePorts, startEtcd } from "@skylark/testkit";
import { expect, it } from "vitest";
import { openEtcd } from "../../src/index.js";

it("tells who serves, who refuses and who is silent, each by itself", async () => {
  await using servers = await startEtcd();
  const silent = createServer(() => {});
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const silentAddress = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const [port] = await freePorts(1);
  const endpoints = [servers.hosts, `127.0.0.1:${port}`, silentAddress];
  try {
    await using etcd = await openEtcd({ endpoints, opens: "later" });
    await expect
      .poll(() => etcd.standings(), { timeout: 60_000 }) // one that is slow is silent as well
      .toEqual([
        { address: servers.hosts, kind: "serves" },
        { address: `127.0.0.1:${port}`, kind: "refuses" },
        { address: silentAddress, kind: "silent" },
      ]);
  } finally {
    silent.close();
  }
});
