import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { readClientMessage, readRequest } from "../../src/protocol/client-message.js";

function refusalOf(read: () => unknown): SkylarkError {
  try {
    read();
  } catch (error) {
    if (SkylarkError.is(error)) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("what a client sends", () => {
  it.each([
    null,
    undefined,
    "hello",
    [],
    {},
    { kind: "nonsense" },
    { kind: { toString: "x" } },
    { kind: "keepAlive" },
    { kind: "keepAlive", number: -1 },
    { kind: "keepAlive", number: 1.5 },
    { kind: "call", call: "1" },
    { kind: "watch", watch: Number.NaN, prefix: "/" },
    { kind: "hello", version: 1, ttlMs: "long", session: null },
    { kind: "hello", version: 1, ttlMs: 1000, session: 7 },
    { kind: "hello", version: 1, ttlMs: 1000, session: { id: 1, storeId: "s", epoch: 1 } },
  ])("is refused as a breach of the protocol: %j", (message) => {
    expect(refusalOf(() => readClientMessage(message))).toMatchObject({ code: "invalid_argument", reason: "PROTOCOL" });
  });

  it("is refused by name when it speaks another version", () => {
    const error = refusalOf(() => readClientMessage({ kind: "hello", version: 2, ttlMs: 1000, session: null }));
    expect(error.code).toBe("failed_precondition");
    expect(error.message).toContain("version 1 of its protocol, this client 2");
  });

  it("is granted a TTL within the limits", () => {
    const ttlOf = (ttlMs: number) => readClientMessage({ kind: "hello", version: 1, ttlMs, session: null });
    expect([1, 700, 1e9].map(ttlOf)).toMatchObject([{ ttlMs: 500 }, { ttlMs: 700 }, { ttlMs: 120_000 }]);
  });
});

describe("what a client asks", () => {
  const write = (...operations: unknown[]) => ({ kind: "write", operations });

  it.each([
    null,
    { kind: "drop" },
    { kind: "get" },
    { kind: "get", key: "/" },
    { kind: "get", key: ["/a"] },
    { kind: "list", parent: "/a/" },
    { kind: "write", operations: {} },
    write({ kind: "create", key: "/a" }),
    write({ kind: "create", key: "/a", json: 1 }),
    write({ kind: "create", key: "/a", json: "{" }),
    write({ kind: "create", key: "/a", json: "1 2" }),
    write({ kind: "create", key: "/a", json: "" }),
    write({ kind: "put", key: "/a", json: "1", revision: 1 }),
    write({ kind: "rename", key: "/a" }),
    write({ kind: "create", key: "/a", json: "1" }, { kind: "delete", key: "/a" }),
    write({ kind: "create", key: "/a", json: `${"[".repeat(200)}${"]".repeat(200)}` }),
    write({ kind: "create", key: "/a", json: `"${"x".repeat(512 * 1024)}"` }),
    write(...Array.from({ length: 65 }, (_, index) => ({ kind: "delete", key: `/${index}` }))),
  ])("is refused: %#", (request) => {
    expect(refusalOf(() => readRequest(request)).code).toBe("invalid_argument");
  });

  it("keeps the text of a value, unless a line of the journal could not hold it", () => {
    const jsonOf = (json: string) => readRequest(write({ kind: "put", key: "/a", json }));
    const kept = '{ "b": [1.50, "\\n"] }';
    expect(jsonOf(kept)).toMatchObject({ operations: [{ json: kept }] });
    expect(jsonOf('{\n "b":\t1 }\r\n')).toMatchObject({ operations: [{ json: '{"b":1}' }] });
  });

  it("COORD-1.8 names the size and the limit of a value that is too large", () => {
    const json = `"${"ü".repeat(300_000)}"`;
    const error = refusalOf(() => readRequest(write({ kind: "put", key: "/a", json })));
    expect(error).toMatchObject({ code: "invalid_argument", reason: "MESSAGE_TOO_LARGE" });
    expect(error.message).toContain("600002 bytes");
    expect(error.message).toContain("524288");
  });
});
