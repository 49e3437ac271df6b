import { describe, expect, it } from "vitest";
import { NodeSpace } from "../../src/drivers/zookeeper/node-space.js";
import { memberOf } from "../../src/drivers/zookeeper/store-status.js";
import { entryOf, revisionOf } from "../../src/drivers/zookeeper/stored-node.js";

describe("NodeSpace", () => {
  it("puts keys below the chroot, and takes them back", () => {
    const space = new NodeSpace("/apps/one");
    expect(space.pathOf("/a/b")).toBe("/apps/one/a/b");
    expect(space.pathOf("/")).toBe("/apps/one");
    expect(space.keyOf("/apps/one/a/b")).toBe("/a/b");
    expect(space.keyOf("/apps/one")).toBe("/");
    expect(space.keyOf("/apps/ones/a")).toBeUndefined();
    expect(space.pathsAbove("/a/b/c")).toEqual(["/apps/one/a/b", "/apps/one/a"]);
  });

  it("shows neither its guards nor the server's own nodes nor names that are no keys", () => {
    const space = new NodeSpace("");
    for (const hidden of ["/=skylark/guards/00", "/zookeeper/config", "/a b"])
      expect(space.keyOf(hidden)).toBeUndefined();
    expect(new NodeSpace("/x").keyOf("/x/zookeeper")).toBe("/zookeeper");
    expect(new NodeSpace("").pathOf("/")).toBe("/");
  });

  it("has the same guard for a key under every chroot, and lays all of them out, parents first", () => {
    const [bare, rooted] = [new NodeSpace(""), new NodeSpace("/x/y")];
    expect(rooted.guardOf("/x/y/a/b")).toBe(`/x/y${bare.guardOf("/a/b")}`);
    expect(rooted.layout.slice(0, 4)).toEqual(["/x", "/x/y", "/x/y/=skylark", "/x/y/=skylark/guards"]);
    expect(rooted.layout).toContain(rooted.guardOf("/x/y/a/b"));
    const used = new Set(Array.from({ length: 2000 }, (_, n) => bare.guardOf(`/services/grading/${n}`)));
    expect(used.size).toBe(64);
  });
});

describe("entryOf", () => {
  const write = { czxid: 35n, version: 2, ephemeralOwner: 0n };

  it("has a revision of the creation and the version, and the owner of an ephemeral one", () => {
    expect(entryOf("/a", "[1]", write)).toEqual({ key: "/a", value: [1], revision: "z.2", owner: undefined });
    expect(entryOf("/a", "1", { ...write, ephemeralOwner: 0x10n }).owner).toBe("0x10");
    expect(entryOf("/a", "1", { ...write, ephemeralOwner: -0x10n }).owner).toBeUndefined(); // a node with a time to live
    expect(revisionOf({ czxid: 36n, version: 0 })).not.toBe(revisionOf({ czxid: 35n, version: 0 }));
  });

  it("reads what is no JSON as text", () => {
    expect(entryOf("/a", "written by hand", write).value).toBe("written by hand");
  });
});

describe("memberOf", () => {
  it("reads what a member says of itself", () => {
    const answer = "Zookeeper version: 3.8.0-5a02a05, built on 2022\nLatency min/avg/max: 0/0/0\nMode: follower\n";
    expect(memberOf("h:1", answer)).toEqual({ address: "h:1", role: "follower", version: "3.8.0" });
    expect(memberOf("h:1", "Mode: standalone\n")).toEqual({ address: "h:1", role: "leader" });
    expect(memberOf("h:1", "srvr is not executed because it is not in the whitelist.")).toMatchObject({
      role: "unreachable",
    });
  });
});
