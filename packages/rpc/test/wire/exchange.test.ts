import { readFileSync } from "node:fs";
import { errorReasons } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeApart } from "../../src/wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../../src/wire/failure.js";
import { frameKinds, preface } from "../../src/wire/frame.js";
import {
  decodeHello,
  decodeWelcome,
  encodeHello,
  encodeWelcome,
  type Hello,
  type Welcome,
} from "../../src/wire/handshake.js";
import { writeRequestHead } from "../../src/wire/request.js";
import { frame, framesOf } from "../support/frames.js";

const page = readFileSync(new URL("../../../../docs/protocol/rpc.md", import.meta.url), "utf8");
const exchange = page.slice(page.indexOf("## An exchange, byte by byte"));
const blocks = [...exchange.matchAll(/```\n([0-9a-f\s]+)```/g)].map(([, hex = ""]) =>
  Buffer.from(hex.replace(/\s/g, ""), "hex"),
);
const [prefaces, hello, welcome, request, response, failure, drain, goodbye] = blocks as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

const saidHello: Hello = {
  version: 1,
  identity: { name: "portal", proof: "none" },
  instance: undefined,
  messageBytesMax: 4_194_304,
};
const saidWelcome: Welcome = {
  version: 1,
  instance: "k3f9",
  services: [
    {
      name: "grading",
      version: "1",
      methods: [{ id: 0, name: "add", shape: "unary", idempotent: false, layout: "" }],
    },
  ],
  messageBytesMax: 4_194_304,
};

function requestHead(method: number, attempt: number, flags: number, remainingMs: number): Buffer {
  const head = Buffer.alloc(8);
  writeRequestHead(head, method, attempt, flags, remainingMs);
  return head;
}

/** The only frame of a block. */
function payloadOf(block: Buffer): Buffer {
  const [only, ...more] = framesOf(block);
  expect(more).toHaveLength(0);
  return only?.payload ?? Buffer.alloc(0);
}

describe("the exchange on the protocol's page", () => {
  it("RPC-10.4 RPC-FRAME-1 RPC-FRAME-2 is what this code says, byte by byte", () => {
    expect(prefaces).toEqual(Buffer.from(preface));
    expect(hello).toEqual(frame(frameKinds.hello, 0, encodeHello(saidHello)));
    expect(welcome).toEqual(frame(frameKinds.welcome, 0, encodeWelcome(saidWelcome)));
    const args = Buffer.concat([requestHead(0, 1, 0, 4999.2), encodeApart([7, { score: 1.5 }])]);
    expect(request).toEqual(frame(frameKinds.request, 1, args));
    expect(response).toEqual(frame(frameKinds.response, 1, encodeApart(undefined)));
    const missing = new Failure("not_found", "no student 7", { details: { id: 7 } });
    expect(failure).toEqual(frame(frameKinds.failure, 1, encodeFailure(missing)));
    expect(drain).toEqual(frame(frameKinds.drain, 0, encodeApart(["grading"])));
    const closed = new Failure("unavailable", "instance k3f9 has closed", { reason: "CONNECTION_LOST" });
    expect(goodbye).toEqual(frame(frameKinds.goodbye, 0, encodeFailure(closed)));
    expect(blocks).toHaveLength(8);
  });

  it("RPC-HELLO-1 RPC-HELLO-2 RPC-FAILURE-1 is what this code understands", () => {
    const [first, second] = [payloadOf(hello), payloadOf(welcome)];
    expect(decodeHello(first, 0, first.length)).toEqual(saidHello);
    expect(decodeWelcome(second, 0, second.length)).toEqual(saidWelcome);
    const failed = payloadOf(failure);
    expect(decodeFailure(failed, 0, failed.length)).toMatchObject({
      code: "not_found",
      options: { details: { id: 7 } },
    });
    const result = payloadOf(response);
    expect(decodeValue(result, 0, result.length)).toBeUndefined();
  });

  it("RPC-FAILURE-3 lists the reasons that the code knows", () => {
    const [, words = ""] = /\*\*RPC-FAILURE-3\*\*[^`]*`code\.ts`[^`]*```\n([^`]*)```/.exec(page) ?? [];
    expect(words.trim().split(/\s+/)).toEqual(errorReasons);
  });

  it("RPC-FRAME-5 lists the kinds that the code knows", () => {
    const listed = [...page.matchAll(/^\| `([0-9a-f]{2})` \| ([A-Z]+) \|/gm)].map(([, kind, name]) => [
      name?.toLowerCase(),
      Number.parseInt(kind ?? "", 16),
    ]);
    expect(Object.fromEntries(listed)).toEqual(frameKinds);
  });
});

describe("the head of a request", () => {
  it("RPC-CALL-1 holds method, attempt, flags and time", () => {
    expect(requestHead(0xabcd, 3, 2, 258).toString("hex")).toBe("abcd030200000102");
  });

  it("RPC-CALL-1 counts attempts up to 255", () => {
    expect(requestHead(0, 300, 0, 1)[2]).toBe(255);
  });

  it("RPC-DEADLINE-1 rounds the time that remains up, and never to none", () => {
    const sent = (remainingMs: number): number => requestHead(0, 1, 0, remainingMs).readUInt32BE(4);
    expect([0.0001, 0.9, 1, 1.1, 5000].map(sent)).toEqual([1, 1, 1, 2, 5000]);
    expect([0, -5].map(sent)).toEqual([1, 1]);
    expect(sent(Number.POSITIVE_INFINITY)).toBe(0);
    expect(sent(2 ** 40)).toBe(0xffff_ffff);
  });
});
