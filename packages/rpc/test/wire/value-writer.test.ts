import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeApart, encodeValue } from "../../src/wire/codec.js";
import { wireLimits } from "../../src/wire/frame.js";
import { plainData } from "../support/values.js";

const hexOf = (value: unknown): string => encodeApart(value).toString("hex");
const packr = new Packr({ useRecords: false, mapsAsObjects: true, largeBigIntToFloat: false });

function roundTrip(value: unknown): unknown {
  const bytes = encodeApart(value);
  return decodeValue(bytes, 0, bytes.length);
}

function refusal(value: unknown): string {
  try {
    encodeValue(value, "arguments");
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: "invalid_argument" });
    return (thrown as Error).message;
  }
  throw new Error("it was sent");
}

describe("ValueWriter: forms", () => {
  it("RPC-VALUE-3 writes whole numbers of 32 bits as short as they can be, others as floats", () => {
    expect([0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1].map(hexOf)).toEqual([
      "00",
      "7f",
      "cc80",
      "ccff",
      "cd0100",
      "cdffff",
      "ce00010000",
      "ce80000000",
      "ceffffffff",
    ]);
    expect([-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31)].map(hexOf)).toEqual([
      "ff",
      "e0",
      "d0df",
      "d080",
      "d1ff7f",
      "d18000",
      "d2ffff7fff",
      "d280000000",
    ]);
    expect([2 ** 32, -(2 ** 31) - 1, -0, 1.5].map(hexOf)).toEqual([
      "cb41f0000000000000",
      "cbc1e0000000200000",
      "cb8000000000000000",
      "cb3ff8000000000000",
    ]);
    expect([7n, -1n, 2n ** 63n].map(hexOf)).toEqual(["d30000000000000007", "d3ffffffffffffffff", "cf8000000000000000"]);
  });

  it("writes texts, binary, lists and maps of every width", () => {
    for (const length of [0, 1, 15, 16, 31, 32, 85, 86, 255, 256, 21_845, 21_846, 65_535, 65_536]) {
      const texts = ["x", "é", "語", "🎓"].map((letter) => letter.repeat(length));
      expect(roundTrip(texts)).toEqual(texts);
      for (const text of texts) expect(packr.unpack(encodeApart(text))).toBe(text);
      expect(roundTrip(Buffer.alloc(length, 7))).toEqual(Buffer.alloc(length, 7));
    }
    for (const length of [0, 1, 15, 16, 65_535, 65_536]) {
      const list = Array.from({ length }, (_, at) => at);
      const map = Object.fromEntries(list.map((at) => [`k${at}`, at]));
      const back = roundTrip([list, map, "behind it"]) as [number[], Record<string, number>, string];
      expect(back[0].length === length && back[0].every((each, at) => each === at)).toBe(true);
      expect(Object.entries(back[1]).length === length && list.every((at) => back[1][`k${at}`] === at)).toBe(true);
      expect(back[2]).toBe("behind it");
    }
    expect(["ä".repeat(15), "ä".repeat(16), "a".repeat(31)].map((text) => hexOf(text).slice(0, 4))).toEqual([
      "bec3",
      "d920",
      "bf61",
    ]);
  });

  it("writes half of a surrogate pair as U+FFFD, as Node does", () => {
    expect(roundTrip(["a\ud800b", "\udc00", `${"x".repeat(50)}\ud800`])).toEqual([
      "a\ufffdb",
      "\ufffd",
      `${"x".repeat(50)}\ufffd`,
    ]);
  });

  it("RPC-VALUE-2 writes dates in the shortest form that holds them", () => {
    expect([new Date(1000), new Date(1500), new Date(-500), new Date(2 ** 34 * 1000)].map(hexOf)).toEqual([
      "d6ff00000001",
      "d7ff7735940000000001",
      "c70cff1dcd6500ffffffffffffffff",
      "c70cff000000000000000400000000",
    ]);
    for (const ms of [0, 1, 999, 2 ** 32 * 1000, 2 ** 34 * 1000 - 1, 8.64e15, -8.64e15, -1]) {
      expect(roundTrip(new Date(ms))).toEqual(new Date(ms));
    }
  });

  it("writes holes of a list and fields without a value as undefined", () => {
    const holes: unknown[] = [1];
    holes[2] = 3;
    expect(hexOf(holes)).toBe("9301d4000003");
    expect(hexOf({ a: undefined })).toBe("81a161d40000");
  });

  it("RPC-VALUE-2 is understood by another encoder's decoder, and understands what that encodes", () => {
    fc.assert(
      fc.property(plainData, (value) => {
        expect(packr.unpack(encodeApart(value))).toEqual(value);
        const theirs = packr.pack(value);
        expect(decodeValue(theirs, 0, theirs.length)).toEqual(packr.unpack(theirs));
      }),
      { seed: 20_320, numRuns: 500 },
    );
  });
});

describe("ValueWriter: where it writes", () => {
  it("writes the same wherever it starts, and wherever the room ends", () => {
    const value = {
      id: 70_000,
      text: "ä text of some letters",
      long: "l".repeat(100),
      when: new Date(1500),
      list: [null, true, undefined, 1.5, -3, 7n, Buffer.from("blob")],
      map: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`k${at}`, at])),
    };
    const expected = encodeApart(value);
    for (let room = 0; room <= expected.length + 120; room++) {
      const memory = Buffer.alloc(5 + expected.length + 200, 0xee);
      const { bytes, start, end } = encodeValue(value, "value", memory, 5, 5 + room);
      expect(bytes.subarray(start, end).equals(expected)).toBe(true);
      expect(memory.subarray(0, 5).equals(Buffer.alloc(5, 0xee))).toBe(true);
      expect(memory.subarray(5 + room).every((byte) => byte === 0xee)).toBe(true);
      if (room >= expected.length + 110) expect(bytes).toBe(memory);
    }
  });

  it("needs no room at all", () => {
    const { bytes, start, end } = encodeValue([1], "value", Buffer.alloc(4), 10, 4);
    expect(bytes.subarray(start, end).toString("hex")).toBe("9101");
  });
});

describe("ValueWriter: objects", () => {
  class Student {
    readonly name = "Ada";
    readonly #grade = 15;
    get grade(): number {
      return this.#grade;
    }
  }

  it("sends of an instance its own fields", () => {
    expect(roundTrip(new Student())).toEqual({ name: "Ada" });
    expect(roundTrip(Object.assign(Object.create({ inherited: 1 }), { own: 2 }))).toEqual({ own: 2 });
    expect(roundTrip(Object.assign(Object.create(null), { bare: true }))).toEqual({ bare: true });
    expect(roundTrip({ constructor: "a word", [Symbol("s")]: 1 })).toEqual({ constructor: "a word" });
  });

  it("sends what toJSON answers", () => {
    expect(roundTrip({ toJSON: 5, at: new URL("http://a.example/") })).toEqual({ toJSON: 5, at: "http://a.example/" });
    expect(roundTrip([{ before: 1, toJSON: () => ({ instead: [2] }) }])).toEqual([{ instead: [2] }]);
    expect(
      roundTrip({
        money: new (class {
          toJSON = () => undefined;
        })(),
      }),
    ).toEqual({ money: undefined });
  });

  it("refuses by name and place what has no form on the wire", () => {
    const refused: [value: unknown, named: string][] = [
      [() => 1, "a function"],
      [Symbol("s"), "a symbol"],
      [new Map(), "a Map"],
      [new Set(), "a Set"],
      [new WeakMap(), "a WeakMap"],
      [/a/, "a RegExp"],
      [new TypeError("t"), "an Error"],
      [Promise.resolve(), "a Promise"],
      [new Float64Array(1), "a Float64Array"],
      [new DataView(new ArrayBuffer(1)), "a DataView"],
      [new ArrayBuffer(1), "an ArrayBuffer"],
      [new Date(Number.NaN), "an invalid Date"],
      [2n ** 64n, "a BigInt beyond 64 bits"],
      [-(2n ** 63n) - 1n, "a BigInt beyond 64 bits"],
    ];
    for (const [value, named] of refused) {
      expect(refusal(value)).toBe(
        `the arguments cannot be sent: arguments is ${named}, which has no form on the wire: send plain data`,
      );
      expect(refusal([{ tags: value }])).toContain(`arguments[0].tags is ${named},`);
      expect(refusal([1, { "two words": new Set([value]), x: 1 }])).toContain('arguments[1]["two words"] is a Set');
    }
    expect(refusal((async function* () {})())).toBe(
      "the arguments cannot be sent: arguments is an AsyncGenerator, which has no form on the wire: a method that streams is itself an async generator",
    );
    expect(refusal([JSON.parse('{"a":{"__proto__":1}}')])).toContain("arguments[0].a.__proto__ is a key that no");
  });

  it("says where code of the user's failed, and keeps what it threw", () => {
    const cause = new Error("not now");
    const broken = {
      get bad(): never {
        throw cause;
      },
    };
    expect(refusal([{ list: [broken] }])).toContain("arguments[0].list[0].bad cannot be read: not now");
    expect(() => encodeApart(broken)).toThrow(expect.objectContaining({ cause }));
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw cause;
        },
      },
    );
    expect(refusal([proxy])).toContain("arguments[0] cannot be read: not now");
  });

  it("RPC-VALUE-5 refuses what nests deeper than a reader takes, and nothing else", () => {
    const nested = (depth: number, core: unknown): unknown => (depth === 0 ? core : [nested(depth - 1, core)]);
    for (const core of [1, [], {}]) expect(roundTrip(nested(wireLimits.depthMax, core))).toEqual(nested(64, core));
    for (const core of [[1], { a: 1 }]) {
      expect(roundTrip(nested(wireLimits.depthMax - 1, core))).toEqual(nested(63, core));
      expect(refusal(nested(wireLimits.depthMax, core))).toContain("deeper than 64");
    }
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(refusal([cyclic])).toMatch(
      /^the arguments cannot be sent: arguments\[0\]\.self\.self.*… nests deeper than 64/,
    );
    const endless = { toJSON: () => ({ ...endless }) };
    expect(refusal(endless)).toContain("deeper than 64");
    const stubborn = new (class {
      toJSON(): unknown {
        return this;
      }
    })();
    expect(refusal(stubborn)).toContain("toJSON answers the object itself");
  });
});
