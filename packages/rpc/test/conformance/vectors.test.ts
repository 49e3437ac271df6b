import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeNext, decodeValue, encodeApart } from "../../src/wire/codec.js";
import { decodeFailure } from "../../src/wire/failure.js";
import { FrameReader } from "../../src/wire/frame-reader.js";
import { decodeHello, decodeNames, decodeTable, decodeWelcome } from "../../src/wire/handshake.js";
import { requestFlags, requestHeadBytes } from "../../src/wire/request.js";
import { bytesOf, described, revived } from "./described.js";
import { vectorFiles, vectorFolder } from "./files.js";
import type { FrameVectors } from "./frames.js";
import type { MessageVectors } from "./messages.js";
import type { ValueVectors } from "./values.js";

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, vectorFolder), "utf8"));
}

it.each(Object.entries(vectorFiles()))("RPC-10.4 %s is what today's code makes", (name, text) => {
  expect(read(name), "run packages/rpc/test/programs/write-vectors.ts").toEqual(JSON.parse(text));
});

describe("values", () => {
  const { accepted, refused } = read("values.json") as ValueVectors;

  it.each(accepted)("RPC-10.4 $clauses: $name", ({ hex, value, written }) => {
    const bytes = bytesOf(hex);
    expect(described(decodeValue(bytes, 0, bytes.length))).toEqual(value);
    if (written) expect(encodeApart(revived(value)).toString("hex")).toBe(bytes.toString("hex"));
  });

  it.each(refused)("RPC-10.4 $clauses: $name is refused", ({ hex }) => {
    const bytes = bytesOf(hex);
    expect(() => decodeValue(bytes, 0, bytes.length)).toThrow(expect.objectContaining({ reason: "PROTOCOL" }));
  });
});

describe("frames", () => {
  const { accepted, refused } = read("frames.json") as FrameVectors;

  function framesIn(bytes: Buffer, step: number): unknown[] {
    const found: unknown[] = [];
    const reader = new FrameReader({
      frame(kind, stream, from, start, end) {
        found.push({ kind, stream, payload: from.toString("hex", start, end) });
      },
    });
    for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
    return found;
  }

  it.each(accepted)("RPC-10.4 RPC-FRAME-4 $clauses: $name, however it is cut", ({ hex, frames }) => {
    const bytes = bytesOf(hex);
    const expected = frames.map((each) => ({ ...each, payload: bytesOf(each.payload).toString("hex") }));
    for (const step of [bytes.length, 1000, 3]) expect(framesIn(bytes, step)).toEqual(expected);
  });

  it.each(refused)("RPC-10.4 $clauses: $name is refused", ({ hex }) => {
    const bytes = bytesOf(hex);
    for (const step of [bytes.length, 1]) {
      expect(() => framesIn(bytes, step)).toThrow(expect.objectContaining({ reason: "PROTOCOL" }));
    }
  });
});

describe("messages", () => {
  const { accepted, refused } = read("messages.json") as MessageVectors;

  it.each(accepted)("RPC-10.4 $clauses: $kind $name", ({ kind, hex, value }) => {
    expect(meaningOf(kind, Buffer.from(hex, "hex"))).toMatchObject(value as object);
  });

  it.each(refused)("RPC-10.4 $clauses: $kind $name is refused", ({ kind, hex }) => {
    expect(() => meaningOf(kind, Buffer.from(hex, "hex"))).toThrow(expect.objectContaining({ reason: "PROTOCOL" }));
  });
});

/** As the vectors tell it. */
function meaningOf(kind: string, bytes: Buffer): unknown {
  switch (kind) {
    case "hello": {
      const hello = decodeHello(bytes, 0, bytes.length);
      return hello.version === 1 ? { ...hello, instance: hello.instance ?? null } : { version: hello.version };
    }
    case "welcome":
      return decodeWelcome(bytes, 0, bytes.length);
    case "table":
      return decodeTable(bytes, 0, bytes.length);
    case "names":
      return decodeNames(bytes, 0, bytes.length);
    case "failure":
      return failureIn(bytes);
    default:
      return requestIn(bytes);
  }
}

function failureIn(bytes: Buffer): unknown {
  const { code, message, options } = decodeFailure(bytes, 0, bytes.length);
  const { reason = null, details = null, notExecuted = false, retriesSpent = false } = options;
  return described({ code, message, reason, details, notExecuted, retriesSpent });
}

function requestIn(bytes: Buffer): unknown {
  const flags = bytes.readUInt8(3);
  const ended = { at: requestHeadBytes };
  const hasMetadata = (flags & requestFlags.metadata) !== 0;
  const metadata = hasMetadata ? decodeNext(bytes, requestHeadBytes, bytes.length, ended) : null;
  return described({
    method: bytes.readUInt16BE(0),
    attempt: bytes.readUInt8(2),
    flags,
    remainingMs: bytes.readUInt32BE(4),
    metadata,
    arguments: decodeValue(bytes, ended.at, bytes.length),
  });
}
