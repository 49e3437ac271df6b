import { decodeValue, encodeApart } from "../../src/wire/codec.js";
import { described, type Pieces, piecesOf } from "./described.js";

export interface ValueVectors {
  /** Bytes and what they mean. `written`: a sender of this value writes just these bytes. */
  readonly accepted: readonly {
    readonly name: string;
    readonly clauses: string;
    readonly written: boolean;
    readonly hex: Pieces;
    readonly value: unknown;
  }[];
  /** Bytes that no reader takes for a value. */
  readonly refused: readonly { readonly name: string; readonly clauses: string; readonly hex: Pieces }[];
}

const text = (length: number): string => "a".repeat(length);
const nested = (depth: number): unknown => {
  let value: unknown = 7;
  for (let at = 0; at < depth; at++) value = [value];
  return value;
};

const written: readonly (readonly [name: string, clauses: string, value: unknown])[] = [
  ["nil", "RPC-VALUE-2", null],
  ["undefined", "RPC-VALUE-2", undefined],
  ["booleans", "RPC-VALUE-2", [true, false]],
  ["integers of one byte", "RPC-VALUE-3", [0, 1, 127, -1, -32]],
  ["integers of 8 bits", "RPC-VALUE-3", [128, 255, -33, -128]],
  ["integers of 16 bits", "RPC-VALUE-3", [256, 65_535, -129, -32_768]],
  ["integers of 32 bits", "RPC-VALUE-3", [65_536, 4_294_967_295, -32_769, -2_147_483_648]],
  ["whole numbers beyond 32 bits", "RPC-VALUE-3", [4_294_967_296, -2_147_483_649, 2 ** 53, 1e20]],
  ["fractions", "RPC-VALUE-3", [1.5, -0.1, 1e-300, 1.7976931348623157e308]],
  ["minus zero", "RPC-VALUE-3", -0],
  ["what is no number, and what is infinite", "RPC-VALUE-3", [Number.NaN, Infinity, -Infinity]],
  ["integers of unbounded precision", "RPC-VALUE-3", [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n]],
  ["strings", "RPC-VALUE-2", ["", "a", "Ada", "grün", "日本", "🙂", "\u0000"]],
  ["a string of 31 bytes", "RPC-VALUE-2", text(31)],
  ["a string of 32 bytes", "RPC-VALUE-2", text(32)],
  ["a string of 255 bytes", "RPC-VALUE-2", text(255)],
  ["a string of 256 bytes", "RPC-VALUE-2", text(256)],
  ["a string of 65,535 bytes", "RPC-VALUE-2", text(65_535)],
  ["a string of 65,536 bytes", "RPC-VALUE-2", text(65_536)],
  ["bytes", "RPC-VALUE-2", [Buffer.alloc(0), Buffer.from("00ff80", "hex")]],
  ["256 bytes", "RPC-VALUE-2", Buffer.alloc(256, 7)],
  ["65,536 bytes", "RPC-VALUE-2", Buffer.alloc(65_536, 7)],
  ["a date in whole seconds", "RPC-VALUE-2", new Date("2026-01-02T03:04:05Z")],
  ["a date in milliseconds", "RPC-VALUE-2", new Date("2026-01-02T03:04:05.678Z")],
  ["the first second of 1970", "RPC-VALUE-2", new Date(0)],
  ["a date before 1970", "RPC-VALUE-2", new Date("1815-12-10T00:00:00.001Z")],
  ["a date beyond 32 bits of seconds", "RPC-VALUE-2", new Date("2200-01-01T00:00:00Z")],
  ["a date beyond 34 bits of seconds", "RPC-VALUE-2", new Date("9999-12-31T23:59:59.999Z")],
  ["empty list and map", "RPC-VALUE-2", [[], {}]],
  ["a list of 15", "RPC-VALUE-2", new Array(15).fill(0)],
  ["a list of 16", "RPC-VALUE-2", new Array(16).fill(0)],
  ["a map", "RPC-VALUE-2", { id: 7, name: "Ada", grades: [{ points: 1.5 }, null], gone: undefined }],
  ["a map of 16", "RPC-VALUE-2", Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`key${at}`, at]))],
  ["a map with an empty key and one that is not ASCII", "RPC-VALUE-4", { "": 1, schlüssel: 2 }],
  ["64 lists in each other", "RPC-VALUE-5", nested(64)],
];

/** What senders in other languages may write. */
const otherForms: readonly (readonly [name: string, clauses: string, hex: string])[] = [
  ["one in every form of an integer", "RPC-VALUE-2", "98cc01cd0001ce00000001d001d10001d20000000101d2ffffffff"],
  ["one and a half as a float of 32 bits", "RPC-VALUE-2", "ca3fc00000"],
  ["a short string in every form", "RPC-VALUE-2", "93d90161da000161db0000000161"],
  ["short bytes in every form", "RPC-VALUE-2", "93c40101c5000101c60000000101"],
  ["a short list in every form", "RPC-VALUE-2", "92dc000107dd0000000107"],
  ["a short map in every form", "RPC-VALUE-2", "92de0001a16107df00000001a16107"],
  ["an empty list and map in long forms", "RPC-VALUE-2", "92dc0000df00000000"],
  ["undefined in every form, and with another byte", "RPC-VALUE-2", "94d40000c7010000c800010000d4002a"],
  [
    "one second past 1970 in every form",
    "RPC-VALUE-2",
    "93d6ff00000001d7ff0000000000000001c70cff000000000000000000000001",
  ],
  ["keys that are integers", "RPC-VALUE-4", "8407a161fea162cd0100a163d3ffffffffffffffffa164"],
  ["keys that are strings in long forms", "RPC-VALUE-4", "82d9016101da00016202"],
  ["a key that stands twice: the last counts", "RPC-VALUE-4", "82a16101a16102"],
  ["a string that is no UTF-8", "RPC-VALUE-2", "a361ff62"],
  ["64 maps in each other, the innermost holding an empty one", "RPC-VALUE-5", `${"81a161".repeat(64)}80`],
];

const refused: readonly (readonly [name: string, clauses: string, hex: Pieces])[] = [
  ["nothing", "RPC-VALUE-1", ""],
  ["bytes left over", "RPC-VALUE-1", "c0c0"],
  ["the head c1", "RPC-VALUE-2", "c1"],
  ["an extension of another type", "RPC-VALUE-2", "d40100"],
  ["undefined of two bytes", "RPC-VALUE-2", "d5000000"],
  ["a timestamp of one byte", "RPC-VALUE-2", "d4ff00"],
  ["an extension that msgpackr has for records", "RPC-VALUE-2", "d47240"],
  ["a key __proto__", "RPC-VALUE-4", `81a9${Buffer.from("__proto__").toString("hex")}80`],
  ["a key __proto__ in a long form", "RPC-VALUE-4", `81d909${Buffer.from("__proto__").toString("hex")}80`],
  ["a key __proto__ deep inside", "RPC-VALUE-4", `9181a16181a9${Buffer.from("__proto__").toString("hex")}80`],
  ["a key that is a list", "RPC-VALUE-4", "8190c0"],
  ["a key that is nil", "RPC-VALUE-4", "81c0c0"],
  ["a key that is a float", "RPC-VALUE-4", "81cb3ff0000000000000c0"],
  ["65 lists in each other", "RPC-VALUE-5", `${"91".repeat(65)}07`],
  ["10,000 lists in each other", "RPC-VALUE-5", [{ repeat: "91", times: 10_000 }, "c0"]],
  ["10,000 maps in each other", "RPC-VALUE-5", [{ repeat: "81a161", times: 10_000 }, "c0"]],
  ["a string longer than what remains", "RPC-VALUE-6", "a361"],
  ["a string of 4 GB", "RPC-VALUE-6", "dbffffffff61"],
  ["bytes of 4 GB", "RPC-VALUE-6", "c6ffffffff00"],
  ["a list of 4 billion", "RPC-VALUE-6", "ddffffffffc0"],
  ["a map of 4 billion", "RPC-VALUE-6", "dfffffffffa161c0"],
  ["a map of as many pairs as bytes remain", "RPC-VALUE-6", "82a16101"],
  ["an extension of 4 GB", "RPC-VALUE-6", "c9ffffffffff00"],
  ["an integer cut short", "RPC-VALUE-6", "ce000000"],
  ["a float cut short", "RPC-VALUE-6", "cb00000000000000"],
  ["a head without its length", "RPC-VALUE-6", "da00"],
];

export function valueVectors(): ValueVectors {
  return {
    accepted: [
      ...written.map(([name, clauses, value]) => {
        return { name, clauses, written: true, hex: piecesOf(encodeApart(value)), value: described(value) };
      }),
      ...otherForms.map(([name, clauses, hex]) => {
        const bytes = Buffer.from(hex, "hex");
        return { name, clauses, written: false, hex, value: described(decodeValue(bytes, 0, bytes.length)) };
      }),
    ],
    refused: refused.map(([name, clauses, hex]) => ({ name, clauses, hex })),
  };
}
