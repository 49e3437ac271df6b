import { hostAndPort, parseAddress } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";

describe("parseAddress", () => {
  it("reads TCP with a name, IPv4 or bracketed IPv6", () => {
    expect(parseAddress("tcp://example.org:0")).toEqual({ kind: "tcp", host: "example.org", port: 0 });
    expect(parseAddress("tcp://127.0.0.1:65535")).toEqual({ kind: "tcp", host: "127.0.0.1", port: 65_535 });
    expect(parseAddress("tcp://[::1]:4000")).toEqual({ kind: "tcp", host: "::1", port: 4000 });
    expect(parseAddress("tcp://[fe80::1%eth0]:4000")).toEqual({ kind: "tcp", host: "fe80::1%eth0", port: 4000 });
  });

  it("reads unix sockets and places in memory", () => {
    expect(parseAddress("unix:///run/a b.sock")).toEqual({ kind: "unix", path: "/run/a b.sock" });
    expect(parseAddress("memory://grading")).toEqual({ kind: "memory", name: "grading" });
  });

  it("refuses everything else and quotes it", () => {
    for (const text of [
      "",
      "tcp://",
      "tcp://host",
      "tcp://host:",
      "tcp://host:65536",
      "tcp://host:1a",
      "tcp://::1:4000",
      "tcp://host:1/path",
      "unix://relative",
      "unix://",
      "memory://",
      "http://host:1",
      "host:1",
    ]) {
      expect(() => parseAddress(text)).toThrow(
        expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(JSON.stringify(text)) }),
      );
    }
  });
});

describe("hostAndPort", () => {
  it("brackets what has colons, so that it reads back", () => {
    expect(hostAndPort("127.0.0.1", 1)).toBe("127.0.0.1:1");
    expect(parseAddress(`tcp://${hostAndPort("::1", 1)}`)).toEqual({ kind: "tcp", host: "::1", port: 1 });
  });
});
