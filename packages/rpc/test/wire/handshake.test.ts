import { describe, expect, it } from "vitest";
import { encodeApart } from "../../src/wire/codec.js";
import {
  decodeHello,
  decodeNames,
  decodeTable,
  decodeWelcome,
  encodeHello,
  encodeTable,
  encodeWelcome,
  type Hello,
  type Welcome,
} from "../../src/wire/handshake.js";

const hello: Hello = {
  version: 1,
  identity: { name: "portal", proof: "none" },
  instance: "k3f9",
  messageBytesMax: 4_194_304,
};

const welcome: Welcome = {
  version: 1,
  instance: "k3f9",
  services: [
    {
      name: "grading",
      version: "1.2.0",
      methods: [
        { id: 0, name: "students", shape: "unary", idempotent: true, layout: "5ab2" },
        { id: 65_535, name: "watch", shape: "stream", idempotent: false, layout: "" },
      ],
    },
    { name: "empty", version: "1", methods: [] },
  ],
  messageBytesMax: 1,
};

const whole = <T>(decode: (bytes: Buffer, start: number, end: number) => T, value: unknown): T => {
  const bytes = Buffer.concat([Buffer.alloc(3), encodeApart(value), Buffer.alloc(3)]);
  return decode(bytes, 3, bytes.length - 3);
};
const protocolError = expect.objectContaining({ code: "invalid_argument", reason: "PROTOCOL" });

describe("the handshake", () => {
  it("RPC-HELLO-1 carries a hello, with and without an instance that is meant", () => {
    for (const instance of ["k3f9", undefined]) {
      const bytes = encodeHello({ ...hello, instance });
      expect(decodeHello(bytes, 0, bytes.length)).toEqual({ ...hello, instance });
    }
  });

  it("RPC-HELLO-2 carries a welcome and its table", () => {
    const bytes = encodeWelcome(welcome);
    expect(decodeWelcome(bytes, 0, bytes.length)).toEqual(welcome);
    const table = encodeTable(welcome.services);
    expect(decodeTable(table, 0, table.length)).toEqual(welcome.services);
  });

  it("RPC-HELLO-3 passes over keys that it does not know, and reads absent ones that may be absent", () => {
    const { instance: _, ...anybody } = hello;
    expect(
      whole(decodeHello, { ...anybody, zone: "b", identity: { name: "portal", proof: "token", token: "…" } }),
    ).toEqual({ ...hello, instance: undefined });
    const [service] = welcome.services;
    const [method] = service?.methods ?? [];
    const { layout: __, ...plain } = method ?? {};
    const read = whole(decodeTable, [{ name: "a", version: "1", methods: [{ ...plain, cost: 5 }], region: "eu" }]);
    expect(read[0]?.methods).toEqual([{ ...method, layout: "" }]);
  });

  it("RPC-HELLO-3 refuses every field that is missing or of the wrong kind", () => {
    for (const key of ["identity", "messageBytesMax", "version"]) {
      const { [key]: _, ...rest } = { ...hello } as Record<string, unknown>;
      expect(() => whole(decodeHello, rest), key).toThrow(protocolError);
    }
    for (const wrong of [
      { version: "1" },
      { version: -1 },
      { identity: null },
      { identity: { name: 5 } },
      { identity: [] },
      { instance: 5 },
      { messageBytesMax: 1.5 },
      { messageBytesMax: Number.NaN },
      { messageBytesMax: 2 ** 32 },
      { messageBytesMax: 5n },
    ]) {
      expect(() => whole(decodeHello, { ...hello, ...wrong })).toThrow(protocolError);
    }
    for (const nonsense of [null, 5, "hello", [], new Date(0)]) {
      if (!(nonsense instanceof Date)) expect(() => whole(decodeHello, nonsense)).toThrow(protocolError);
      expect(() => whole(decodeWelcome, nonsense)).toThrow(protocolError);
    }
  });

  it("RPC-HELLO-2 refuses a table with numbers or names that cannot be", () => {
    const method = { id: 0, name: "a", shape: "unary", idempotent: false, layout: "" };
    const withMethod = (change: object): unknown => [{ name: "s", version: "1", methods: [{ ...method, ...change }] }];
    for (const id of [-1, 65_536, 0.5, "0", null, undefined]) {
      expect(() => whole(decodeTable, withMethod({ id }))).toThrow(protocolError);
    }
    for (const change of [{ name: 1 }, { layout: 1 }]) {
      expect(() => whole(decodeTable, withMethod(change))).toThrow(protocolError);
    }
    for (const table of [{}, [5], [{ name: "s", version: "1" }], [{ name: "s", version: 1, methods: [] }]]) {
      expect(() => whole(decodeTable, table)).toThrow(protocolError);
    }
  });

  it("RPC-HELLO-4 reads of a hello in another version the version alone", () => {
    expect(whole(decodeHello, { version: 2, who: "else" })).toMatchObject({ version: 2 });
  });

  it("RPC-DRAIN-1 reads names of services, and nothing else in their place", () => {
    expect(whole(decodeNames, ["grading", "log"])).toEqual(["grading", "log"]);
    for (const wrong of ["grading", [5], [["grading"]], {}, null]) {
      expect(() => whole(decodeNames, wrong)).toThrow(protocolError);
    }
  });
});
