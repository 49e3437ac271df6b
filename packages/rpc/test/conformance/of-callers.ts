import { encodeApart } from "../../src/wire/codec.js";
import { encodeFailure, Failure } from "../../src/wire/failure.js";
import { frameKinds } from "../../src/wire/frame.js";
import { encodeWelcome } from "../../src/wire/handshake.js";
import {
  bulkBytes,
  type Conversation,
  credit,
  cut,
  type SaidFrame,
  type Step,
  say,
  targetMethods,
  value,
} from "./conversation.js";
import { described } from "./described.js";

const layout = "";
const methods = targetMethods.map((name, id) => {
  const shape = name === "count" || name === "flood" ? ("server-stream" as const) : ("unary" as const);
  return { id, name, shape, idempotent: false, layout };
});
const services = [{ name: "target", version: "1", methods }];
const welcomeOf = (messageBytesMax = 4_194_304): SaidFrame =>
  say(frameKinds.welcome, 0, encodeWelcome({ version: 1, instance: "target-1", services, messageBytesMax }));
const welcomed: readonly Step[] = [
  { hear: { kind: "HELLO", stream: 0, value: { version: 1 } } },
  { say: [welcomeOf()] },
];
const calls = (name: string, method: string, ...args: readonly unknown[]): readonly Step[] => [
  { call: name, method, arguments: args.map(described) },
  {
    hear: {
      kind: "REQUEST",
      stream: name,
      method: targetMethods.indexOf(method as "echo"),
      arguments: args.map(described),
    },
  },
];
const watches = (name: string, method: string, ...args: readonly unknown[]): readonly Step[] => [
  { watch: name, method, arguments: args.map(described) },
  {
    hear: {
      kind: "REQUEST",
      stream: name,
      method: targetMethods.indexOf(method as "echo"),
      arguments: args.map(described),
    },
  },
];
const became = (name: string, of: unknown): Step => ({ outcome: name, value: described(of) });
const failedWith = (name: string, error: Readonly<Record<string, unknown>>): Step => ({ outcome: name, error });

function caller(name: string, clauses: string, ...steps: readonly (Step | readonly Step[])[]): Conversation {
  return { name, clauses, under: "caller", steps: [...welcomed, ...steps.flat()] };
}

const works = (name: string): readonly Step[] => [
  ...calls(name, "echo", "still there"),
  { say: [value(frameKinds.response, name, "fine")] },
  became(name, "fine"),
];

/** What a caller must say to a provider that says this. */
export const callerConversations: readonly Conversation[] = [
  caller(
    "takes answers in whatever order they come",
    "RPC-CALL-3 RPC-CALL-4",
    calls("one", "echo", 1),
    calls("two", "echo", { at: new Date(5) }),
    { say: [value(frameKinds.response, "two", "second"), value(frameKinds.response, "one", 5n)] },
    became("two", "second"),
    became("one", 5n),
  ),
  caller(
    "fails as it is told",
    "RPC-FAILURE-1",
    calls("one", "fail", 7),
    { say: [say(frameKinds.failure, "one", encodeFailure(new Failure("not_found", "no", { details: { id: 7 } })))] },
    failedWith("one", { code: "not_found", details: { id: 7 } }),
    works("two"),
  ),
  caller(
    "reads codes and failures that it does not understand as unknown",
    "RPC-FAILURE-2 RPC-FAILURE-7",
    calls("one", "fail"),
    { say: [value(frameKinds.failure, "one", [99, "x", "LATER", 0, null])] },
    failedWith("one", { code: "unknown" }),
    calls("two", "fail"),
    { say: [say(frameKinds.failure, "two", Buffer.of(0xc1))] },
    failedWith("two", { code: "unknown" }),
    works("three"),
  ),
  caller(
    "fails alone where a result is unreadable",
    "RPC-CALL-6",
    calls("one", "echo"),
    { say: [say(frameKinds.response, "one", Buffer.of(0xc1))] },
    failedWith("one", { code: "internal" }),
    works("two"),
  ),
  caller(
    "cancels what it gives up, and passes over the answer",
    "RPC-CANCEL-1 RPC-CALL-8",
    calls("one", "hold"),
    { cancel: "one" },
    { hear: { kind: "CANCEL", stream: "one" } },
    { say: [value(frameKinds.response, "one", "too late")] },
    failedWith("one", { code: "cancelled" }),
    works("two"),
  ),
  caller(
    "answers pings",
    "RPC-ALIVE-1",
    { say: [say(frameKinds.ping, 0)] },
    { hear: { kind: "PONG", stream: 0 } },
    works("one"),
  ),
  caller(
    "sends and takes messages in pieces",
    "RPC-LARGE-1",
    calls("one", "echo", "a".repeat(50_000)),
    { say: cut(frameKinds.response, "one", encodeApart("b".repeat(50_000))) },
    became("one", "b".repeat(50_000)),
  ),
  caller(
    "answers a drain, and knows a changed table",
    "RPC-DRAIN-3 RPC-HELLO-8",
    works("first"),
    { say: [value(frameKinds.drain, 0, ["elsewhere"])] },
    { hear: { kind: "DRAINED", stream: 0, value: ["elsewhere"] } },
    { say: [value(frameKinds.table, 0, [{ name: "target", version: "2", methods: [{ ...methods[0], id: 70 }] }])] },
    { say: [say(frameKinds.ping, 0)] },
    { hear: { kind: "PONG", stream: 0 } },
    { call: "one", method: "echo", arguments: [1] },
    { hear: { kind: "REQUEST", stream: "one", method: 70, arguments: [1] } },
    { say: [value(frameKinds.response, "one", 1)] },
    became("one", 1),
  ),
  caller(
    "reads a stream to its end",
    "RPC-SERVER-STREAM-1 RPC-SERVER-STREAM-2 RPC-SERVER-STREAM-3",
    watches("one", "count", 2),
    {
      say: [
        credit("one", 0),
        value(frameKinds.message, "one", 1),
        value(frameKinds.message, "one", 2),
        say(frameKinds.end, "one"),
      ],
    },
    became("one", 1),
    became("one", 2),
    { outcome: "one", end: true },
    works("two"),
  ),
  caller(
    "gives credit for what its program took, at half the window",
    "RPC-STREAM-4 RPC-SERVER-STREAM-4",
    watches("one", "flood"),
    {
      say: [
        credit("one", 0),
        ...Array.from({ length: 14 }, () => value(frameKinds.message, "one", Buffer.alloc(bulkBytes))),
      ],
    },
    Array.from({ length: 14 }, () => became("one", Buffer.alloc(bulkBytes))),
    { hear: { kind: "CREDIT", stream: "one", value: 14 * (bulkBytes + 3) } },
    { cancel: "one" },
    { hear: { kind: "CANCEL", stream: "one" } },
    works("two"),
  ),
  caller(
    "sees a stream fail behind what came before",
    "RPC-SERVER-STREAM-3 RPC-STREAM-8",
    watches("one", "count", 5),
    {
      say: [
        credit("one", 0),
        value(frameKinds.message, "one", 1),
        say(frameKinds.failure, "one", encodeFailure(new Failure("aborted", "enough"))),
      ],
    },
    became("one", 1),
    failedWith("one", { code: "aborted" }),
    works("two"),
  ),
  caller(
    "closes on a message of a stream that has not begun",
    "RPC-SERVER-STREAM-2 RPC-SERVER-STREAM-7",
    watches("one", "count", 5),
    { say: [value(frameKinds.message, "one", 1)] },
    { closed: true },
  ),
  caller(
    "ends its calls when the connection is lost",
    "RPC-ALIVE-4",
    calls("one", "hold"),
    { say: [say(0x7f, 0)] },
    { closed: true },
    failedWith("one", { code: "unknown", reason: "CONNECTION_LOST" }),
  ),
];
