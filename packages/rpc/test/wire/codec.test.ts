import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeNext, decodeValue, encodeApart, encodeValue } from "../../src/wire/codec.js";
import { plainData } from "../support/values.js";

function encoded(value: unknown): Buffer {
  const { bytes, start, end } = encodeValue(value, "value");
  return Buffer.from(bytes.subarray(start, end));
}

function roundTrip(value: unknown): unknown {
  const bytes = encoded(value);
  return decodeValue(bytes, 0, bytes.length);
}

describe("the value codec", () => {
  it("RPC-10.1 RPC-VALUE-2 gives back all plain data as it was", () => {
    fc.assert(
      fc.property(plainData, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
      { seed: 20_305, numRuns: 1000 },
    );
  });

  it("RPC-VALUE-3 keeps numbers numbers and BigInts BigInts", () => {
    expect(encoded(7).toString("hex")).toBe("07");
    expect(encoded(2 ** 40)[0]).toBe(0xcb);
    expect(encoded(7n)[0]).toBe(0xd3);
    for (const value of [
      0,
      -0,
      -1,
      2 ** 32 - 1,
      -(2 ** 31),
      2 ** 53,
      1.5,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      7n,
      2n ** 64n - 1n,
    ]) {
      expect(roundTrip(value)).toBe(value);
    }
  });

  it("RPC-HOSTILE-3 hands out copies, which the next bytes of the connection do not change", () => {
    const chunk = encoded({ blob: Buffer.from("first"), text: "first" });
    const value = decodeValue(chunk, 0, chunk.length);
    chunk.fill(0);
    expect(value).toEqual({ blob: Buffer.from("first"), text: "first" });
  });

  it("refuses what has no form on the wire, and encodes the next value as if nothing had been", () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const broken = {
      get bad(): never {
        throw new Error("not now");
      },
    };
    for (const value of [Symbol("s"), [Symbol("s")], 2n ** 64n, cyclic, broken]) {
      expect(() => encodeValue(value, "result")).toThrow(
        expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining("cannot be sent") }),
      );
      expect(() => encodeApart(value)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
      expect(roundTrip({ fine: [1, "two"] })).toEqual({ fine: [1, "two"] });
    }
  });

  it("encodes a value whose getter encodes another", () => {
    const tricky = {
      before: "b".repeat(100),
      get inner(): string {
        return encoded({ other: "x".repeat(5000) }).toString("latin1");
      },
      after: "a",
    };
    const value = roundTrip(tricky) as typeof tricky;
    expect(value.before).toBe("b".repeat(100));
    expect(value.inner).toHaveLength(5010);
    expect(value.after).toBe("a");
  });

  it("does not hold on to the memory of a large value", () => {
    const { bytes: large, start, end } = encodeValue(Buffer.alloc(8_000_000), "value");
    expect(end - start).toBe(8_000_005);
    const { bytes } = encodeValue("small", "value");
    expect(bytes).not.toBe(large);
    expect(bytes.length).toBeLessThan(1_000_000);
  });

  it("decodes one value behind the other", () => {
    const both = Buffer.concat([encoded({ a: 1 }), encoded([2])]);
    const ended = { at: 0 };
    expect(decodeNext(both, 0, both.length, ended)).toEqual({ a: 1 });
    expect(decodeValue(both, ended.at, both.length)).toEqual([2]);
  });
});
