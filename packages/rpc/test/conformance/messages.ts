import type { ErrorCode } from "@skylark/core";
import { encodeApart } from "../../src/wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../../src/wire/failure.js";
import { decodeNames, decodeTable, decodeWelcome, encodeHello, encodeWelcome } from "../../src/wire/handshake.js";
import { requestFlags, writeRequestHead } from "../../src/wire/request.js";
import { described } from "./described.js";

/** What a payload says: `hello`, `welcome`, `table`, `names`, `failure` or `request`. */
export interface MessageVectors {
  readonly accepted: readonly {
    readonly kind: string;
    readonly name: string;
    readonly clauses: string;
    readonly hex: string;
    readonly value: unknown;
  }[];
  readonly refused: readonly {
    readonly kind: string;
    readonly name: string;
    readonly clauses: string;
    readonly hex: string;
  }[];
}

type Accepted = MessageVectors["accepted"][number];

const hello = {
  version: 1,
  identity: { name: "portal", proof: "none" },
  instance: undefined,
  messageBytesMax: 4_194_304,
} as const;
const method = { id: 0, name: "add", shape: "unary", idempotent: false, layout: "" } as const;
const watch = { id: 65_535, name: "watch", shape: "server-stream", idempotent: true, layout: "a1" } as const;
const grading = { name: "grading", version: "1", methods: [method, watch] };
const welcome = { version: 1, instance: "k3f9", services: [grading], messageBytesMax: 4_194_304 };

function hellos(): Accepted[] {
  const vector = (name: string, clauses: string, hex: Buffer, value: object): Accepted => {
    return { kind: "hello", name, clauses, hex: hex.toString("hex"), value };
  };
  const nobody = { ...hello, instance: null };
  return [
    vector("to whoever answers", "RPC-HELLO-1", encodeHello(hello), nobody),
    vector("to one instance", "RPC-HELLO-1", encodeHello({ ...hello, instance: "k3f9" }), {
      ...hello,
      instance: "k3f9",
    }),
    vector("with keys nobody knows", "RPC-HELLO-3", encodeApart({ ...nobody, later: [1] }), nobody),
    vector("of another version, otherwise unlike any hello", "RPC-HELLO-4", encodeApart({ version: 2, x: 1 }), {
      version: 2,
    }),
  ];
}

function welcomes(): Accepted[] {
  const vector = (kind: string, name: string, clauses: string, bytes: Buffer): Accepted => {
    const decode = kind === "welcome" ? decodeWelcome : kind === "table" ? decodeTable : decodeNames;
    return { kind, name, clauses, hex: bytes.toString("hex"), value: decode(bytes, 0, bytes.length) };
  };
  return [
    vector("welcome", "with one service", "RPC-HELLO-2", encodeWelcome(welcome)),
    vector("welcome", "without services", "RPC-HELLO-2", encodeWelcome({ ...welcome, services: [] })),
    vector("welcome", "with keys nobody knows", "RPC-HELLO-3", encodeApart({ ...welcome, later: true })),
    vector(
      "table",
      "a method without a layout",
      "RPC-HELLO-2 RPC-HELLO-8",
      encodeApart([{ name: "a", version: "1", methods: [{ id: 1, name: "b", shape: "unary", idempotent: true }] }]),
    ),
    vector("names", "of two services", "RPC-DRAIN-1", encodeApart(["grading", "log"])),
    vector("names", "of none", "RPC-DRAIN-1", encodeApart([])),
  ];
}

function failures(): Accepted[] {
  const vector = (name: string, clauses: string, bytes: Buffer): Accepted => {
    const { code, message, options } = decodeFailure(bytes, 0, bytes.length);
    const value = described({
      code,
      ...(!clauses.includes("RPC-FAILURE-7") && { message }), // else a text of the reader's own
      reason: options.reason ?? null,
      details: options.details ?? null,
      notExecuted: options.notExecuted ?? false,
      retriesSpent: options.retriesSpent ?? false,
    });
    return { kind: "failure", name, clauses, hex: bytes.toString("hex"), value };
  };
  const made = (code: ErrorCode, message: string, options: Failure["options"] = {}): Buffer =>
    encodeFailure(new Failure(code, message, options));
  return [
    vector("with a message alone", "RPC-FAILURE-1", made("not_found", "no student 7")),
    vector(
      "with a reason and a promise",
      "RPC-FAILURE-4",
      made("unavailable", "leaving", { reason: "DRAINING", notExecuted: true }),
    ),
    vector("whose retries are spent", "RPC-FAILURE-4", made("unavailable", "x", { retriesSpent: true })),
    vector("with details", "RPC-FAILURE-5", made("invalid_argument", "x", { details: { at: new Date(0), n: 5n } })),
    vector("with a code nobody knows", "RPC-FAILURE-2", encodeApart([99, "x", null, 0, null])),
    vector("with a reason nobody knows", "RPC-FAILURE-3", encodeApart([13, "x", "LATER", 0, null])),
    vector("with flags nobody knows", "RPC-FAILURE-4", encodeApart([13, "x", null, 0xff, null])),
    vector("with more elements", "RPC-FAILURE-1", encodeApart([13, "x", null, 0, null, "later", 1])),
    vector("cut off behind its code", "RPC-FAILURE-7", encodeApart([5])),
    vector("that is no list", "RPC-FAILURE-7", encodeApart({ code: 5 })),
    vector("that is unreadable", "RPC-FAILURE-7", Buffer.of(0xc1)),
    vector("that is empty", "RPC-FAILURE-7", Buffer.alloc(0)),
  ];
}

function requests(): Accepted[] {
  const vector = (
    name: string,
    clauses: string,
    head: { method: number; attempt: number; flags: number; remainingMs: number },
    metadata: Record<string, string> | undefined,
    args: readonly unknown[],
  ): Accepted => {
    const bytes = Buffer.alloc(8);
    const remainingMs = head.remainingMs === 0 ? Number.POSITIVE_INFINITY : head.remainingMs;
    writeRequestHead(bytes, head.method, head.attempt, head.flags, remainingMs);
    const parts = [bytes, ...(metadata ? [encodeApart(metadata)] : []), encodeApart(args)];
    const value = described({ ...head, metadata: metadata ?? null, arguments: args });
    return { kind: "request", name, clauses, hex: Buffer.concat(parts).toString("hex"), value };
  };
  const first = { method: 0, attempt: 1, flags: 0, remainingMs: 5000 };
  return [
    vector("without arguments", "RPC-CALL-1", first, undefined, []),
    vector("with arguments", "RPC-CALL-1", { ...first, method: 513 }, undefined, [7, { score: 1.5 }]),
    vector("without a deadline", "RPC-DEADLINE-1", { ...first, remainingMs: 0 }, undefined, [undefined]),
    vector("with the longest deadline", "RPC-DEADLINE-1", { ...first, remainingMs: 0xffff_ffff }, undefined, []),
    vector(
      "with metadata",
      "RPC-CALL-2 RPC-CALL-9",
      { ...first, flags: requestFlags.metadata },
      { "skylark.request": "r-1" },
      [1],
    ),
    vector(
      "that is a retry",
      "RPC-CALL-2",
      { ...first, attempt: 2, flags: requestFlags.descendsFromRetry },
      undefined,
      [],
    ),
    vector("that goes one way", "RPC-CALL-2 RPC-CALL-10", { ...first, flags: requestFlags.oneWay }, undefined, []),
    vector("with flags nobody knows", "RPC-CALL-2", { ...first, attempt: 255, flags: 0xf0 }, undefined, []),
  ];
}

const refused: readonly (readonly [kind: string, name: string, clauses: string, value: unknown])[] = [
  ["hello", "that is no map", "RPC-HELLO-3", [1]],
  ["hello", "without a version", "RPC-HELLO-3", { ...hello, version: undefined }],
  ["hello", "without an identity", "RPC-HELLO-3", { version: 1, instance: null, messageBytesMax: 1 }],
  ["hello", "whose identity has no name", "RPC-HELLO-3", { ...hello, identity: { proof: "none" } }],
  ["hello", "without a longest message", "RPC-HELLO-3", { version: 1, identity: hello.identity, instance: null }],
  ["hello", "whose longest message is negative", "RPC-HELLO-3", { ...hello, messageBytesMax: -1 }],
  ["hello", "whose instance is a number", "RPC-HELLO-3", { ...hello, instance: 7 }],
  ["welcome", "without an instance", "RPC-HELLO-3", { ...welcome, instance: null }],
  ["welcome", "whose services are a map", "RPC-HELLO-3", { ...welcome, services: {} }],
  [
    "welcome",
    "a method of which has no name",
    "RPC-HELLO-3",
    { ...welcome, services: [{ ...grading, methods: [{ ...method, name: null }] }] },
  ],
  [
    "welcome",
    "a method of which has too large an id",
    "RPC-HELLO-2",
    { ...welcome, services: [{ ...grading, methods: [{ ...method, id: 65_536 }] }] },
  ],
  ["table", "that is a map", "RPC-HELLO-8", {}],
  ["names", "one of which is a number", "RPC-DRAIN-1", ["a", 1]],
];

export function messageVectors(): MessageVectors {
  return {
    accepted: [...hellos(), ...welcomes(), ...failures(), ...requests()],
    refused: refused.map(([kind, name, clauses, value]) => {
      return { kind, name, clauses, hex: encodeApart(value).toString("hex") };
    }),
  };
}
