import { describe, expect, it } from "vitest";
import { parseZooKeeperUrl } from "../../src/drivers/zookeeper/zookeeper-url.js";

describe("parseZooKeeperUrl", () => {
  it("reads hosts, with ZooKeeper's port where none is given", () => {
    const plain = { digest: undefined, chroot: "", tls: undefined };
    expect(parseZooKeeperUrl("zookeeper://h1,h2:2182,[::1]")).toEqual({
      ...plain,
      hosts: "h1:2181,h2:2182,[::1]:2181",
    });
    expect(parseZooKeeperUrl("zookeeper://h1/")).toEqual({ ...plain, hosts: "h1:2181" });
  });

  it("reads the chroot, and user and password as digest", () => {
    const url = parseZooKeeperUrl("zookeeper://ada:p%40ss%3Aword@h1/apps/gradebook");
    expect(url).toMatchObject({ digest: "ada:p@ss:word", chroot: "/apps/gradebook" });
  });

  it("reads what TLS needs", () => {
    const files = { ca: "/a.pem", cert: undefined, key: undefined, serverName: undefined };
    expect(parseZooKeeperUrl("zookeeper://h1?tls=true").tls).toEqual({ ...files, ca: undefined });
    expect(parseZooKeeperUrl("zookeeper://h1/x?ca=/a.pem").tls).toEqual(files);
    expect(parseZooKeeperUrl("zookeeper://h1?tls=false&ca=/a.pem").tls).toBeUndefined();
  });

  it.each([
    ["zookeeper://", "write zookeeper://"],
    ["zookeeper://h1,,h2", "a host is empty"],
    ["zookeeper://h1/a//b", "must be absolute"],
    ["zookeeper://ada@h1", "a user without a password"],
    ["zookeeper://h1?cert=/c.pem", "cert and key go together"],
    ["zookeeper://h1?tls=yes", "write tls=true"],
    ["zookeeper://h1?color=red", '"color" is no parameter'],
  ])("refuses %s", (url, message) => {
    expect(() => parseZooKeeperUrl(url)).toThrow(message);
  });
});
