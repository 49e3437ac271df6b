import { describe, expect, it } from "vitest";
import {
  type AdvertisedHostOptions,
  addressTowards,
  advertisedAddress,
  advertisedHost,
  defaultBind,
  isSharedStore,
  needsLocalAddress,
  storeHosts,
} from "../src/internal.js";

const remote = "zookeeper://10.0.0.9:2181";

describe("the advertised address", () => {
  it.each<[string, Partial<AdvertisedHostOptions>, string]>([
    ["loopback stays loopback", { bind: "127.0.0.1" }, "127.0.0.1"],
    ["IPv6 comes in brackets", { bind: "::1" }, "[::1]"],
    ["every interface includes loopback", { bind: "0.0.0.0" }, "127.0.0.1"],
    ["the same in IPv6", { bind: "::" }, "[::1]"],
    ["one interface is only reached there", { bind: "10.0.0.5" }, "10.0.0.5"],
    ["the user knows better", { bind: "0.0.0.0", advertise: "school.example" }, "school.example"],
  ])("of the embedded store: %s", (_why, options, host) => {
    expect(advertisedHost({ bind: "127.0.0.1", coordinationUrl: "embedded", ...options })).toBe(host);
  });

  it.each<[string, Partial<AdvertisedHostOptions>, string]>([
    ["the interface by which the store is reached", { localAddress: "10.0.0.5" }, "10.0.0.5"],
    ["an IPv4 address that a dual socket shows as IPv6", { localAddress: "::ffff:10.0.0.5" }, "10.0.0.5"],
    ["IPv6 in brackets", { localAddress: "2001:db8::5" }, "[2001:db8::5]"],
    ["the one interface that is listened on", { bind: "10.0.0.7", localAddress: "10.0.0.5" }, "10.0.0.7"],
    ["what the user says", { advertise: "192.0.2.1", localAddress: "10.0.0.5" }, "192.0.2.1"],
    ["what the user says, IPv6", { advertise: "2001:db8::1" }, "[2001:db8::1]"],
    ["what the user says, without the port", { advertise: "[2001:db8::1]:4000" }, "[2001:db8::1]"],
  ])("of a remote store: %s", (_why, options, host) => {
    expect(advertisedHost({ bind: "0.0.0.0", coordinationUrl: remote, ...options })).toBe(host);
  });

  it.each(["127.0.0.1", "127.1.2.3", "localhost", "::1", "::ffff:127.0.0.1"])(
    "refuses to listen on %s with a remote store: nobody else would reach it",
    (bind) => {
      for (const advertise of [undefined, "10.0.0.5"]) {
        const options = { bind, coordinationUrl: remote, advertise, localAddress: "10.0.0.5" };
        expect(() => advertisedHost(options)).toThrow(
          expect.objectContaining({
            code: "failed_precondition",
            reason: "SETTING",
            message: expect.stringContaining("set SKYLARK_HOST"),
          }),
        );
      }
    },
  );

  it.each([undefined, "fe80::1%eth0", "nonsense"])("asks for SKYLARK_ADVERTISE where %s is all it knows", (local) => {
    expect(() => advertisedHost({ bind: "::", coordinationUrl: remote, localAddress: local })).toThrow(
      expect.objectContaining({
        code: "failed_precondition",
        message: expect.stringContaining("set SKYLARK_ADVERTISE"),
      }),
    );
  });

  it("takes the port that is listened on, unless the user names another", () => {
    const options = { bound: "tcp://0.0.0.0:41234", coordinationUrl: remote };
    expect(advertisedAddress({ ...options, localAddress: "10.0.0.5" })).toBe("tcp://10.0.0.5:41234");
    expect(advertisedAddress({ ...options, localAddress: "2001:db8::5" })).toBe("tcp://[2001:db8::5]:41234");
    expect(advertisedAddress({ ...options, advertise: "school.example:80" })).toBe("tcp://school.example:80");
    expect(advertisedAddress({ ...options, advertise: "[2001:db8::1]:80" })).toBe("tcp://[2001:db8::1]:80");
    expect(advertisedAddress({ bound: "tcp://[::1]:5", coordinationUrl: "embedded" })).toBe("tcp://[::1]:5");
  });

  it.each(["", "a b", "[10.0.0.5]", "host:99999", "host:0", "http://host", "::1:x"])(
    "refuses %j as an address to advertise",
    (advertise) => {
      expect(() => advertisedHost({ bind: "0.0.0.0", coordinationUrl: remote, advertise })).toThrow(
        "SKYLARK_ADVERTISE",
      );
    },
  );

  it("is loopback with an ensemble on loopback, which nobody else reaches either", () => {
    for (const coordinationUrl of ["zookeeper://127.0.0.1:2181,localhost:2182/x", "etcd://ada:pw@[::1]:2379"]) {
      expect(isSharedStore(coordinationUrl)).toBe(false);
      expect(defaultBind(coordinationUrl)).toBe("127.0.0.1");
      expect(advertisedHost({ bind: "127.0.0.1", coordinationUrl })).toBe("127.0.0.1");
    }
    expect(isSharedStore("zookeeper://127.0.0.1:2181,10.0.0.2:2181")).toBe(true);
    expect(defaultBind(remote)).toBe("0.0.0.0");
  });

  it("asks for the way to the store only where it must", () => {
    expect(needsLocalAddress({ bind: "0.0.0.0", coordinationUrl: remote })).toBe(true);
    expect(needsLocalAddress({ bind: "10.0.0.5", coordinationUrl: remote })).toBe(false);
    expect(needsLocalAddress({ bind: "0.0.0.0", coordinationUrl: remote, advertise: "ada" })).toBe(false);
    expect(needsLocalAddress({ bind: "0.0.0.0", coordinationUrl: "embedded" })).toBe(false);
  });

  it("reads the servers of a store's URL", () => {
    expect(storeHosts("embedded")).toEqual([]);
    expect(storeHosts("etcd://ada:p%40w@db1:2379,[fd00::1]:5,10.0.0.1/tenant?tls=true")).toEqual([
      { host: "db1", port: 2379 },
      { host: "fd00::1", port: 5 },
      { host: "10.0.0.1", port: undefined },
    ]);
  });

  it("finds no way where there is none, and never one that stays on this machine", async () => {
    expect(await addressTowards([])).toBeUndefined();
    expect(
      await addressTowards([
        { host: "127.0.0.1", port: 1 },
        { host: "no such name", port: 1 },
      ]),
    ).toBeUndefined();
  });

  it("refuses what is not listened on by TCP", () => {
    expect(() => advertisedAddress({ bound: "unix:///run/x.sock", coordinationUrl: "embedded" })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});
