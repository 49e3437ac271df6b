import { describe, expect, it } from "vitest";
import { type Acl, openAcl, permissions } from "../../src/wire/acl.js";
import { zooKeeperErrors } from "../../src/wire/error-code.js";
import { JuteReader } from "../../src/wire/jute-reader.js";
import { JuteWriter } from "../../src/wire/jute-writer.js";
import type { Operation } from "../../src/wire/operation.js";
import { createFlags } from "../../src/wire/operations/create.js";
import { addWatchModes, watcherKinds } from "../../src/wire/operations/watches.js";
import { operations } from "../../src/wire/operations.js";
import { hex } from "./hex.js";

/** What the operation writes, in hex. */
function bytes<Request>(operation: Operation<Request, unknown>, request: Request): string {
  const writer = new JuteWriter();
  operation.write(writer, request);
  return writer.take().toString("hex");
}

/** What the operation makes of these bytes; all must have been read. */
function reply<Reply>(operation: Operation<never, Reply>, ...parts: string[]): Reply {
  const reader = new JuteReader(Buffer.from(parts.join(""), "hex"));
  const read = operation.read(reader);
  expect(reader.remaining).toBe(0);
  return read;
}

const path = "000000022f61"; // "/a"
const data = "0000000201ff";
const world = hex("00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65");
const anyVersion = "ffffffff";
const statBytes = [
  "0000000000000101", // czxid
  "0000000000000102", // mzxid
  "0000000000000103", // ctime
  "0000000000000104", // mtime
  "00000005", // version
  "00000006", // cversion
  "00000007", // aversion
  "0100000000000008", // ephemeralOwner
  "00000002", // dataLength
  "00000009", // numChildren
  "0000000000000105", // pzxid
].join("");
const stat = {
  ...{ czxid: 0x101n, mzxid: 0x102n, pzxid: 0x105n, ctime: 0x103, mtime: 0x104, version: 5, cversion: 6, aversion: 7 },
  ...{ ephemeralOwner: 0x0100000000000008n, dataLength: 2, numChildren: 9 },
};
const value = Uint8Array.of(1, 255);
const texts = (...parts: string[]) => `0000000${parts.length}${parts.map((each) => `00000001${each}`).join("")}`;

describe("creating and deleting", () => {
  const request = { path: "/a", data: value, acl: openAcl, flags: createFlags.ephemeralSequential };

  it.each(["create", "create2", "createContainer"] as const)("writes %s", (name) => {
    expect(bytes(operations[name], request)).toBe(path + data + world + "00000003");
  });

  it("writes a create of a node without data and with a list of its own", () => {
    const acl: Acl[] = [{ permissions: permissions.read | permissions.admin, scheme: "ip", id: "::1" }];
    const list = hex("00000001 00000011 00000002 6970 00000003 3a3a31");
    expect(bytes(operations.create2, { ...request, data: null, acl })).toBe(`${path}ffffffff${list}00000003`);
  });

  it("writes a node's time to live in ms after the rest", () => {
    const flags = createFlags.persistentTtl;
    const written = bytes(operations.createTtl, { ...request, flags, ttlMs: 60_000 });
    expect(written).toBe(path + data + world + hex("00000005 000000000000ea60"));
  });

  it("reads the path, and the stat where the operation answers with one", () => {
    expect(reply(operations.create, path)).toBe("/a");
    for (const name of ["create2", "createContainer", "createTtl"] as const) {
      expect(reply(operations[name], path, statBytes)).toEqual({ path: "/a", stat });
    }
  });

  it("writes a delete", () => {
    expect(bytes(operations.delete, { path: "/a", version: -1 })).toBe(path + anyVersion);
    expect(reply(operations.delete)).toBeUndefined();
  });
});

describe("reading and writing", () => {
  it.each(["exists", "getData", "getChildren", "getChildren2"] as const)("writes %s with its watch", (name) => {
    expect(bytes(operations[name], { path: "/a", watch: false })).toBe(`${path}00`);
    expect(bytes(operations[name], { path: "/a", watch: true })).toBe(`${path}01`);
  });

  it("reads stat, data and children", () => {
    expect(reply(operations.exists, statBytes)).toEqual(stat);
    expect(reply(operations.getData, data, statBytes)).toEqual({ data: Buffer.from(value), stat });
    expect(reply(operations.getData, "ffffffff", statBytes)).toEqual({ data: null, stat });
    expect(reply(operations.getChildren, texts("62", "63"))).toEqual(["b", "c"]);
    expect(reply(operations.getChildren2, texts("62"), statBytes)).toEqual({ children: ["b"], stat });
  });

  it("writes data on condition of a version", () => {
    expect(bytes(operations.setData, { path: "/a", data: value, version: 4 })).toBe(`${path}${data}00000004`);
    expect(reply(operations.setData, statBytes)).toEqual(stat);
  });

  it("counts everything below a path", () => {
    expect(bytes(operations.getAllChildrenNumber, { path: "/a" })).toBe(path);
    expect(reply(operations.getAllChildrenNumber, "0000000c")).toBe(12);
  });
});

describe("who may do what", () => {
  it("writes and reads access lists", () => {
    expect(bytes(operations.getAcl, { path: "/a" })).toBe(path);
    expect(reply(operations.getAcl, world, statBytes)).toEqual({ acl: openAcl, stat });
    expect(bytes(operations.setAcl, { path: "/a", acl: openAcl, version: 2 })).toBe(`${path}${world}00000002`);
    expect(reply(operations.setAcl, statBytes)).toEqual(stat);
  });

  it("writes credentials, and reads whom the server takes the client for", () => {
    const credentials = Buffer.from("u:p");
    const digest = hex("00000006 646967657374");
    expect(bytes(operations.auth, { scheme: "digest", credentials })).toBe(`00000000${digest}00000003753a70`);
    expect(bytes(operations.whoAmI, undefined)).toBe("");
    expect(reply(operations.whoAmI, "00000001", digest, "0000000175")).toEqual([{ scheme: "digest", user: "u" }]);
  });
});

describe("the session", () => {
  it("writes what has no body, and paths", () => {
    expect(bytes(operations.ping, undefined)).toBe("");
    expect(bytes(operations.closeSession, undefined)).toBe("");
    expect(bytes(operations.sync, { path: "/a" })).toBe(path);
    expect(reply(operations.sync, path)).toBe("/a");
    expect(bytes(operations.getEphemerals, { path: "/a" })).toBe(path);
    expect(reply(operations.getEphemerals, texts("62"))).toEqual(["b"]);
  });
});

describe("watches", () => {
  const watches = { relativeZxid: 9n, data: ["b"], exist: [], children: ["c", "d"] };
  const plain = ["0000000000000009", texts("62"), texts(), texts("63", "64")].join("");

  it("writes those to be set again", () => {
    expect(bytes(operations.setWatches, watches)).toBe(plain);
    const all = { ...watches, persistent: ["e"], persistentRecursive: ["f"] };
    expect(bytes(operations.setWatches2, all)).toBe(plain + texts("65") + texts("66"));
  });

  it("writes those that stay, and what takes them away", () => {
    const mode = addWatchModes.persistentRecursive;
    expect(bytes(operations.addWatch, { path: "/a", mode })).toBe(`${path}00000001`);
    const kind = watcherKinds.any;
    expect(bytes(operations.removeWatches, { path: "/a", kind })).toBe(`${path}00000003`);
    expect(bytes(operations.checkWatches, { path: "/a", kind })).toBe(`${path}00000003`);
  });
});

describe("multi", () => {
  const step = (type: string) => `${type}00ffffffff`;
  const end = "ffffffff01ffffffff";

  it("writes its steps, each with its kind before it, and an end", () => {
    const create = { path: "/a", data: value, acl: openAcl, flags: createFlags.persistent };
    const written = bytes(operations.multi, [
      { kind: "create", ...create },
      { kind: "create2", ...create },
      { kind: "createContainer", ...create, flags: createFlags.container },
      { kind: "createTtl", ...create, flags: createFlags.persistentTtl, ttlMs: 1 },
      { kind: "delete", path: "/a", version: -1 },
      { kind: "setData", path: "/a", data: null, version: 3 },
      { kind: "check", path: "/a", version: 4 },
    ]);
    expect(written).toBe(
      [
        step("00000001") + path + data + world + "00000000",
        step("0000000f") + path + data + world + "00000000",
        step("00000013") + path + data + world + "00000004",
        step("00000015") + path + data + world + hex("00000005 0000000000000001"),
        step("00000002") + path + anyVersion,
        step("00000005") + path + hex("ffffffff 00000003"),
        step("0000000d") + path + "00000004",
        end,
      ].join(""),
    );
  });

  it("reads what became of each step", () => {
    const result = (type: string) => `${type}0000000000`;
    const results = reply(
      operations.multi,
      ...[result("00000001"), path, result("0000000f"), path, statBytes, result("00000015"), path, statBytes],
      ...[result("00000002"), result("00000005"), statBytes, result("0000000d"), end],
    );
    expect(results).toEqual([
      { kind: "created", path: "/a", stat: undefined },
      { kind: "created", path: "/a", stat },
      { kind: "created", path: "/a", stat },
      { kind: "deleted" },
      { kind: "written", stat },
      { kind: "checked" },
    ]);
  });

  it("reads which step failed", () => {
    const error = (number: string) => `ffffffff00${number}${number}`;
    const results = reply(operations.multi, error("00000000"), error("ffffff9b"), error("fffffffe"), end);
    const { no_node, runtime_inconsistency } = zooKeeperErrors;
    expect(results.map((result) => result.kind === "error" && result.error)).toEqual([
      0,
      no_node,
      runtime_inconsistency,
    ]);
  });

  it("refuses a result of a kind it does not know, and an end that does not come", () => {
    const refused = expect.objectContaining({ code: "invalid_argument", reason: "PROTOCOL" });
    expect(() => reply(operations.multi, "0000004d0000000000")).toThrow(refused);
    expect(() => reply(operations.multiRead, "0000004d0000000000")).toThrow(refused);
    expect(() => reply(operations.multi, "000000020000000000")).toThrow(refused);
  });

  it("reads many nodes at once", () => {
    const written = bytes(operations.multiRead, [
      { kind: "getData", path: "/a" },
      { kind: "getChildren", path: "/a" },
    ]);
    expect(written).toBe(`${step("00000004")}${path}00${step("00000008")}${path}00${end}`);
    const results = reply(
      operations.multiRead,
      ...["000000040000000000", data, statBytes, "000000080000000000", texts("62")],
      ...["ffffffff00ffffff9bffffff9b", end],
    );
    expect(results).toEqual([
      { kind: "data", data: Buffer.from(value), stat },
      { kind: "children", children: ["b"] },
      { kind: "error", error: -101 },
    ]);
  });
});
