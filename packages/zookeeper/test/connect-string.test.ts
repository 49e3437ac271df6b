import { describe, expect, it } from "vitest";
import { hostName, parseConnectString } from "../src/connect-string.js";

describe("a connect string", () => {
  it.each([
    ["one", [["one", 2181]], ""],
    ["one:2182", [["one", 2182]], ""],
    [
      "one:1, 127.0.0.1 ,[::1]:3",
      [
        ["one", 1],
        ["127.0.0.1", 2181],
        ["::1", 3],
      ],
      "",
    ],
    [
      "[fe80::1],two/app",
      [
        ["fe80::1", 2181],
        ["two", 2181],
      ],
      "/app",
    ],
    ["one/", [["one", 2181]], ""],
    ["one/a/b.c", [["one", 2181]], "/a/b.c"],
  ] as const)("%s is understood", (text, hosts, chroot) => {
    expect(parseConnectString(text)).toEqual({ hosts: hosts.map(([host, port]) => ({ host, port })), chroot });
  });

  it.each([
    ["", "a host is missing"],
    ["/app", "a host is missing"],
    ["one,,two", "a host is missing"],
    ["one:0", '"0" is no port'],
    ["one:65536", "is no port"],
    ["one:", '"" is no port'],
    ["one:http", "is no port"],
    ["::1", "put IPv6 in brackets: [::1]:2181"],
    ["one:1:2", "several colons"],
    ["[one]:1", "is no IPv6 address"],
    ["[::1", "is no IPv6 address"],
    ["zookeeper://one", "write it without zookeeper://"],
    ["o ne", "is no name of a host"],
    ["one,two:1,one:2181", "one:2181 is named twice"],
    ["one/a/", "ends with a slash"],
    ["one//a", "has an empty segment"],
    ["one/a/../b", 'has the relative segment ".."'],
  ])("%s is refused: %s", (text, why) => {
    expect(() => parseConnectString(text)).toThrow(why);
    expect(() => parseConnectString(text)).toThrow(
      expect.objectContaining({ code: "invalid_argument", reason: "SETTING", details: { key: "connectString" } }),
    );
  });

  it("names hosts as it reads them", () => {
    expect(hostName({ host: "::1", port: 1 })).toBe("[::1]:1");
    expect(hostName({ host: "one", port: 2 })).toBe("one:2");
  });
});
