import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { decodeNext, decodeValue, encodeApart } from "../../src/wire/codec.js";
import { wireLimits } from "../../src/wire/frame.js";
import { anyForm } from "../support/values.js";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const endOf = (bytes: Buffer, start = 0, end = bytes.length): number => {
  const ended = { at: -1 };
  decodeNext(bytes, start, end, ended);
  return ended.at;
};
const protocolError = expect.objectContaining({ code: "invalid_argument", reason: "PROTOCOL" });

/** Lists in lists, `depth` of them. */
function nested(depth: number): Buffer {
  return Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.of(0xc0)]);
}

describe("ValueReader: what is let through", () => {
  it("RPC-VALUE-2 lets every head through that begins a value, and finds its end", () => {
    const values = [
      ...Array.from({ length: 0x80 }, (_, head) => Buffer.of(head)),
      ...Array.from({ length: 0x20 }, (_, low) => Buffer.of(0xe0 | low)),
      ...Array.from({ length: 0x20 }, (_, length) => Buffer.concat([Buffer.of(0xa0 | length), Buffer.alloc(length)])),
      ...Array.from({ length: 0x10 }, (_, count) => Buffer.concat([Buffer.of(0x90 | count), Buffer.alloc(count)])),
      ...Array.from({ length: 0x10 }, (_, count) =>
        Buffer.concat([Buffer.of(0x80 | count), ...Array.from({ length: count }, () => hex("a161 c0"))]),
      ),
      ...["c0", "c2", "c3", "c4 01 00", "c5 0001 00", "c6 00000001 00", "ca 00000000", "cb 0000000000000000"].map(hex),
      ...["cc 00", "cd 0000", "ce 00000000", "cf 0000000000000000"].map(hex),
      ...["d0 00", "d1 0000", "d2 00000000", "d3 0000000000000000"].map(hex),
      ...["d4 00 00", "c7 01 00 00", "d6 ff 00000000", "d7 ff 0000000000000000"].map(hex),
      ...["c7 0c ff 000000000000000000000000", "c8 0004 ff 00000000", "c9 00000008 ff 0000000000000000"].map(hex),
      ...["d9 01 61", "da 0001 61", "db 00000001 61", "dc 0001 c0", "dd 00000001 c0"].map(hex),
      ...["de 0001 a161 c0", "df 00000001 a161 c0", "de 0000", "df 00000000", "dc 0000", "dd 00000000"].map(hex),
    ];
    for (const value of values) {
      expect(endOf(value), value.toString("hex")).toBe(value.length);
      const between = Buffer.concat([hex("c1 c1"), value, hex("c1 c1")]);
      expect(endOf(between, 2, 2 + value.length + 1)).toBe(2 + value.length);
    }
  });

  it("RPC-VALUE-4 lets keys through that are strings in any form, or numbers", () => {
    for (const key of ["a161", "d9 01 61", "da 0001 61", "db 00000001 61", "05", "ff", "cc 05", "cd 0005", "d1 0005"]) {
      const value = hex(`81 ${key} c0`);
      expect(endOf(value)).toBe(value.length);
    }
    expect(decodeValue(hex("82 05 a161 cd 0100 a162"), 0, 9)).toEqual({ 5: "a", 256: "b" });
  });

  it("RPC-VALUE-5 lets lists and maps nest 64 deep, and no deeper", () => {
    expect(endOf(nested(64))).toBe(65);
    expect(() => endOf(nested(65))).toThrow(protocolError);
    expect(() => endOf(nested(100_000))).toThrow("nest deeper than 64");
    expect(wireLimits.depthMax).toBe(64);
  });

  it("RPC-VALUE-2 reads any mixture of the forms as another decoder does", () => {
    const packr = new Packr({ useRecords: false, mapsAsObjects: true });
    fc.assert(
      fc.property(anyForm, (bytes) => {
        expect(endOf(bytes)).toBe(bytes.length);
        expect(decodeValue(bytes, 0, bytes.length)).toEqual(packr.unpack(bytes));
      }),
      { seed: 20_302, numRuns: 500 },
    );
  });
});

describe("ValueReader: what it builds", () => {
  const read = (text: string): unknown => decodeValue(hex(text), 0, hex(text).length);

  it("RPC-VALUE-3 reads each width of a number with its sign", () => {
    expect(["7f", "cc ff", "cd ffff", "ce ffffffff"].map(read)).toEqual([127, 255, 65_535, 4_294_967_295]);
    expect(["ff", "e0", "d0 80", "d1 8000", "d2 80000000"].map(read)).toEqual([-1, -32, -128, -32_768, -2_147_483_648]);
    expect(["cf ffffffffffffffff", "d3 8000000000000000", "cf 0000000000000007"].map(read)).toEqual([
      2n ** 64n - 1n,
      -(2n ** 63n),
      7n,
    ]);
    expect(["ca 3fc00000", "cb bff8000000000000", "cb 8000000000000000"].map(read)).toEqual([1.5, -1.5, -0]);
  });

  it("RPC-VALUE-2 reads each form of a timestamp", () => {
    expect(read("d6 ff 00000001")).toEqual(new Date(1000));
    expect(read("d7 ff 77359400 00000001")).toEqual(new Date(1500));
    expect(read("d7 ff 00000003 ffffffff")).toEqual(new Date((2 ** 34 - 1) * 1000));
    expect(read("c7 0c ff 1dcd6500 ffffffffffffffff")).toEqual(new Date(-500));
  });

  it("reads texts of every length, in ASCII and beyond, and letters that are none as U+FFFD", () => {
    for (let length = 0; length < 70; length++) {
      for (const text of [
        "x".repeat(length),
        `${"x".repeat(length)}é`,
        `ü${"y".repeat(length)}`,
        "語".repeat(length),
      ]) {
        expect(
          decodeValue(encodeApart([text, { [text]: text }]), 0, encodeApart([text, { [text]: text }]).length),
        ).toEqual([text, { [text]: text }]);
      }
    }
    expect(read("a3 61 ff 62")).toBe("a\ufffdb");
    expect(read("81 a1 ff 01")).toEqual({ "\ufffd": 1 });
    expect(read("81 a1 ff 01")).toEqual({ "\ufffd": 1 });
  });

  it("takes no key for another, however alike they are", () => {
    const keys = Array.from({ length: 5000 }, (_, at) => `${at % 10}${Math.floor(at / 10)}${at % 10}`);
    const alike = ["abcd", "abed", "abce", "aXcd", "aYcd", "ABCD"];
    for (let round = 0; round < 3; round++) {
      for (const key of [...keys, ...alike]) {
        const bytes = encodeApart({ [key]: round });
        expect(Object.keys(decodeValue(bytes, 0, bytes.length) as object)).toEqual([key]);
      }
    }
  });
});

describe("ValueReader: what is refused", () => {
  it("RPC-VALUE-2 refuses the head that begins nothing", () => {
    expect(() => endOf(hex("c1"))).toThrow("0xc1");
  });

  it("RPC-VALUE-2 refuses extensions, above all those that a decoder would make objects of", () => {
    const packr = new Packr({ moreTypes: true, useRecords: false });
    const fancy = [new Set([1]), /a/g, new Error("x"), new Float64Array(2), new ArrayBuffer(8), 2n ** 80n];
    for (const value of fancy) expect(() => endOf(packr.pack(value)), typeof value).toThrow(protocolError);
    const records = new Packr({ useRecords: true });
    expect(() => endOf(records.pack({ a: 1, b: 2 }))).toThrow(protocolError);
    expect(() => endOf(new Packr({ bundleStrings: true, useRecords: false }).pack(["bundled", "strings"]))).toThrow(
      protocolError,
    );
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(() => endOf(new Packr({ structuredClone: true, useRecords: false }).pack(cyclic))).toThrow(protocolError);
    for (let type = -128; type < 128; type++) {
      if (type === -1 || type === 0) continue;
      const id = (type & 0xff).toString(16).padStart(2, "0");
      for (const form of [
        `d4 ${id} 00`,
        `d5 ${id} 0000`,
        `d6 ${id} 00000000`,
        `c7 00 ${id}`,
        `c9 00000002 ${id} 0000`,
      ]) {
        expect(() => endOf(hex(form))).toThrow(protocolError);
      }
    }
  });

  it("RPC-VALUE-2 refuses timestamps and undefined of another length", () => {
    for (const form of ["d4 ff 00", "d5 ff 0000", "c7 00 ff", "c7 05 ff 0000000000", "d5 00 0000", "c7 00 00"]) {
      expect(() => endOf(hex(form)), form).toThrow(protocolError);
    }
  });

  it("RPC-VALUE-4 refuses the key __proto__ in every form, at every depth", () => {
    const name = Buffer.from("__proto__").toString("hex");
    for (const key of [`a9 ${name}`, `d9 09 ${name}`, `da 0009 ${name}`, `db 00000009 ${name}`]) {
      for (const around of ["", "91", "81 a161", "93 c0 c0"]) {
        expect(() => endOf(hex(`${around} 81 ${key} 80`)), key).toThrow("__proto__");
        expect(() => endOf(hex(`${around} 82 a161 c0 ${key} 80`)), key).toThrow("__proto__");
      }
    }
    expect(endOf(hex(`81 a161 a9 ${name}`))).toBe(13); // as a value it is a word like any other
    expect(endOf(hex(`81 aa ${name} 5f c0`))).toBe(13);
  });

  it("RPC-VALUE-4 refuses keys that are neither strings nor numbers", () => {
    for (const key of [
      "c0",
      "c2",
      "c3",
      "90",
      "80",
      "c4 01 61",
      "d4 00 00",
      "d6 ff 00000000",
      "dc 0000",
      "ca 00000000",
    ]) {
      expect(() => endOf(hex(`81 ${key} c0`)), key).toThrow("neither a string nor a number");
    }
  });

  it("RPC-VALUE-6 refuses lengths and counts that reach past the end, however large", () => {
    for (const form of [
      "a2 61",
      "c4 ff 00",
      "c5 ffff 00",
      "c6 ffffffff 00",
      "c7 ff ff 00",
      "c8 ffff ff 00",
      "c9 ffffffff ff 00",
      "d9 ff 00",
      "da ffff 00",
      "db ffffffff 00",
      "9f 00",
      "8f a161 00",
      "dc ffff 00",
      "dd ffffffff 00",
      "de ffff a161 00",
      "df ffffffff a161 00",
      "93 dd 7fffffff",
      "df 80000000 00",
    ]) {
      expect(() => endOf(hex(form)), form).toThrow(protocolError);
    }
  });

  it("RPC-VALUE-6 sets little aside for lists in lists that each announce all that remains", () => {
    const bytes = Buffer.alloc(1_000_000, 0xc0);
    for (let depth = 0; depth < 60; depth++) {
      bytes[depth * 5] = 0xdd;
      bytes.writeUInt32BE(bytes.length - (depth + 1) * 5, depth * 5 + 1);
    }
    const before = process.memoryUsage().heapUsed;
    expect(() => endOf(bytes)).toThrow("ends in the middle");
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  it("RPC-VALUE-1 refuses nothing, and what is left over", () => {
    expect(() => endOf(Buffer.alloc(0))).toThrow(protocolError);
    expect(() => decodeValue(hex("c0 c0"), 0, 2)).toThrow("left over");
    expect(() => decodeValue(hex("c0"), 0, 0)).toThrow(protocolError);
  });

  it("RPC-HOSTILE-3 refuses a value of every form, wherever it is cut", () => {
    const value = [
      null,
      300,
      7n,
      -1.5,
      "short",
      "l".repeat(40),
      Buffer.alloc(9),
      new Date(1500),
      undefined,
      { a: [{}] },
    ];
    const bytes = encodeApart(value);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeValue(bytes, 0, end), `cut at ${end}`).toThrow(protocolError);
    }
    expect(decodeValue(bytes, 0, bytes.length)).toEqual(value);
  });

  it("RPC-HOSTILE-3 never reads past the end of any value that is cut short, nor crashes on any bytes", () => {
    fc.assert(
      fc.property(anyForm, fc.nat(), (bytes, seed) => {
        const end = seed % bytes.length;
        expect(() => decodeValue(Buffer.concat([bytes.subarray(0, end), hex("00 00 00 00")]), 0, end)).toThrow(
          protocolError,
        );
      }),
      { seed: 20_303, numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeValue(Buffer.from(bytes), 0, bytes.length);
        } catch (error) {
          expect(error).toEqual(protocolError);
        }
      }),
      { seed: 20_304, numRuns: 2000 },
    );
  });
});
