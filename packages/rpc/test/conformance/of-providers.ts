import { encodeApart } from "../../src/wire/codec.js";
import { encodeFailure, Failure } from "../../src/wire/failure.js";
import { frameKinds, moreFlag } from "../../src/wire/frame.js";
import { encodeHello } from "../../src/wire/handshake.js";
import {
  bulkBytes,
  type Conversation,
  count,
  credit,
  cut,
  echo,
  fail,
  flood,
  type Heard,
  hold,
  request,
  requestPayload,
  type SaidFrame,
  type Step,
  say,
  value,
} from "./conversation.js";
import { described } from "./described.js";

const identity = { name: "vectors", proof: "none" } as const;
const helloOf = (messageBytesMax = 4_194_304): SaidFrame =>
  say(frameKinds.hello, 0, encodeHello({ version: 1, identity, instance: undefined, messageBytesMax }));
const greeted: readonly Step[] = [
  { say: [helloOf()] },
  { hear: { kind: "WELCOME", stream: 0, value: { version: 1, instance: "target-1" } } },
];
const alive = (stream: number): readonly Step[] => [
  { say: [request(stream, echo, ["still there"])] },
  { hear: { kind: "RESPONSE", stream, value: "still there" } },
];
const answer = (stream: number, of: unknown): Step => ({
  hear: { kind: "RESPONSE", stream, value: described(of) },
});
const failed = (stream: number, code: string, more: Partial<Heard> = {}): Step => ({
  hear: { kind: "FAILURE", stream, code, ...more },
});
const refusedCall = (stream: number, code: string): Step => failed(stream, code, { notExecuted: true });
function provider(name: string, clauses: string, ...steps: readonly (Step | readonly Step[])[]): Conversation {
  return { name, clauses, under: "provider", steps: steps.flat() };
}

/** What a provider must say to a caller that says this. */
export const providerConversations: readonly Conversation[] = [
  provider("says hello to whoever means nobody in particular", "RPC-HELLO-1 RPC-HELLO-2", greeted, alive(1)),
  provider(
    "sends away who means another instance",
    "RPC-HELLO-5",
    {
      say: [say(frameKinds.hello, 0, encodeHello({ version: 1, identity, instance: "other", messageBytesMax: 1000 }))],
    },
    {
      hear: {
        kind: "GOODBYE",
        stream: 0,
        code: "unavailable",
        reason: "WRONG_INSTANCE",
        notExecuted: true,
        details: { answered: "target-1" },
      },
    },
    { closed: true },
  ),
  provider(
    "sends away who speaks another version",
    "RPC-HELLO-4",
    { say: [value(frameKinds.hello, 0, { version: 2 })] },
    { hear: { kind: "GOODBYE", stream: 0, code: "failed_precondition", reason: "PROTOCOL" } },
    { closed: true },
  ),
  provider(
    "closes on a hello that lacks a key",
    "RPC-HELLO-3",
    { say: [value(frameKinds.hello, 0, { version: 1 })] },
    { closed: true },
  ),
  provider("closes on a request before the hello", "RPC-HELLO-6", { say: [request(1, echo, [1])] }, { closed: true }),
  provider(
    "answers pings, before the hello too",
    "RPC-ALIVE-1",
    { say: [say(frameKinds.ping, 0), helloOf(), say(frameKinds.ping, 7)] },
    { hear: { kind: "PONG", stream: 0 } },
    { hear: { kind: "PONG", stream: 7 } },
  ),
  provider(
    "answers calls, a late one first where it is ready first",
    "RPC-CALL-3 RPC-CALL-4",
    greeted,
    { say: [request(1, hold, []), request(2, echo, [{ id: 7 }]), request(3, echo, [undefined])] },
    answer(2, { id: 7 }),
    answer(3, undefined),
  ),
  provider(
    "fails as its handler does",
    "RPC-FAILURE-1 RPC-FAILURE-5",
    greeted,
    { say: [request(1, fail, [7])] },
    failed(1, "not_found", { details: { id: 7 }, notExecuted: false }),
  ),
  provider(
    "refuses a method it does not offer",
    "RPC-CALL-5",
    greeted,
    { say: [request(1, 999, [])] },
    refusedCall(1, "unimplemented"),
    alive(2),
  ),
  provider(
    "refuses arguments that are unreadable, or no list",
    "RPC-CALL-6",
    greeted,
    {
      say: [
        say(frameKinds.request, 1, requestPayload(echo, Buffer.of(0xc1))),
        say(frameKinds.request, 2, requestPayload(echo, encodeApart({}))),
      ],
    },
    refusedCall(1, "invalid_argument"),
    refusedCall(2, "invalid_argument"),
    alive(3),
  ),
  provider(
    "passes unknown flags over",
    "RPC-CALL-2",
    greeted,
    { say: [say(frameKinds.request, 1, Buffer.concat([Buffer.from("000001f000000000", "hex"), encodeApart([5])]))] },
    answer(1, 5),
  ),
  provider(
    "answers nothing to what goes one way",
    "RPC-CALL-10 RPC-CALL-11",
    greeted,
    {
      say: [
        say(frameKinds.request, 1, Buffer.concat([Buffer.from("0000010400000000", "hex"), encodeApart([5])])),
        request(1, echo, [6]),
      ],
    },
    answer(1, 6),
  ),
  provider(
    "answers when the time is over",
    "RPC-DEADLINE-2",
    greeted,
    { say: [request(1, hold, [], 1)] },
    failed(1, "deadline_exceeded"),
    alive(2),
  ),
  provider(
    "does not answer what was cancelled, and passes over a cancel of nothing",
    "RPC-CANCEL-1 RPC-CANCEL-2 RPC-CANCEL-3",
    greeted,
    { say: [request(1, hold, []), say(frameKinds.cancel, 1), say(frameKinds.cancel, 9), request(1, echo, [2])] },
    answer(1, 2),
  ),
  provider(
    "closes on a request on a stream in use",
    "RPC-FRAME-7",
    greeted,
    { say: [request(1, hold, []), request(1, echo, [])] },
    { closed: true },
  ),
  provider(
    "closes on a request on stream 0",
    "RPC-FRAME-7",
    greeted,
    { say: [request(0, echo, [])] },
    { closed: true },
  ),
  provider("closes on a kind nobody knows", "RPC-FRAME-5", greeted, { say: [say(0x7f, 1)] }, { closed: true }),
  provider(
    "closes on a kind that belongs to its own side",
    "RPC-FRAME-5",
    greeted,
    { say: [value(frameKinds.response, 1, 1)] },
    { closed: true },
  ),
  provider(
    "passes over frames of streams that never were",
    "RPC-STREAM-9 RPC-LARGE-6",
    greeted,
    {
      say: [
        value(frameKinds.message, 9, 1),
        credit(9, 5),
        say(frameKinds.end, 9),
        say(frameKinds.fragment, 9, Buffer.alloc(10)),
        say(frameKinds.message | moreFlag, 9, Buffer.alloc(10)),
        say(frameKinds.fragment, 9, Buffer.alloc(10)),
      ],
    },
    alive(1),
  ),
  provider(
    "takes arguments in pieces, and answers in pieces",
    "RPC-LARGE-1 RPC-LARGE-3",
    greeted,
    { say: cut(frameKinds.request, 1, requestPayload(echo, encodeApart(["a".repeat(50_000)]))) },
    answer(1, "a".repeat(50_000)),
  ),
  provider(
    "closes on a piece of nothing",
    "RPC-LARGE-5",
    greeted,
    { say: [say(frameKinds.request | moreFlag, 1)] },
    { closed: true },
  ),
  provider(
    "closes on a message that begins inside another of its stream",
    "RPC-LARGE-5",
    greeted,
    {
      say: [
        say(frameKinds.request | moreFlag, 1, Buffer.alloc(10)),
        say(frameKinds.request | moreFlag, 1, Buffer.alloc(10)),
      ],
    },
    { closed: true },
  ),
  provider(
    "does not send a result that is longer than its caller takes",
    "RPC-LARGE-4",
    { say: [helloOf(100)] },
    { hear: { kind: "WELCOME", stream: 0 } },
    { say: [request(1, echo, ["a".repeat(200)])] },
    failed(1, "resource_exhausted", { reason: "MESSAGE_TOO_LARGE" }),
    { say: [request(2, echo, [1])] },
    answer(2, 1),
  ),
  provider(
    "streams, says first that it has begun, and ends",
    "RPC-SERVER-STREAM-1 RPC-SERVER-STREAM-2 RPC-SERVER-STREAM-3 RPC-STREAM-2",
    greeted,
    { say: [request(1, count, [2])] },
    { hear: { kind: "CREDIT", stream: 1, value: 0 } },
    { hear: { kind: "MESSAGE", stream: 1, value: 1 } },
    { hear: { kind: "MESSAGE", stream: 1, value: 2 } },
    { hear: { kind: "END", stream: 1 } },
    alive(1),
  ),
  provider(
    "stops a stream that is out of credit, goes on with more, and leaves when it is cancelled",
    "RPC-STREAM-3 RPC-STREAM-4 RPC-SERVER-STREAM-5",
    greeted,
    { say: [request(1, flood, [])] },
    { hear: { kind: "CREDIT", stream: 1, value: 0 } },
    // 27 of them pass the window by a part of one; no other comes, so the echo's answer follows
    Array.from({ length: 27 }, (): Step => ({ hear: { kind: "MESSAGE", stream: 1 } })),
    alive(2),
    { quiet: 1 },
    { say: [credit(1, 2 * bulkBytes)] },
    { hear: { kind: "MESSAGE", stream: 1 } },
    { say: [say(frameKinds.cancel, 1), request(3, echo, ["again"])] },
    answer(3, "again"),
  ),
  provider(
    "closes on credit for what was never sent",
    "RPC-STREAM-5",
    greeted,
    { say: [request(1, flood, [])] },
    { hear: { kind: "CREDIT", stream: 1 } },
    { hear: { kind: "MESSAGE", stream: 1 } },
    { say: [credit(1, 300_000)] },
    { closed: true },
  ),
  provider(
    "ends a stream whose time is over",
    "RPC-SERVER-STREAM-6",
    greeted,
    { say: [request(1, flood, [], 1)] },
    failed(1, "deadline_exceeded", { behind: "messages" }),
    alive(2),
  ),
  provider(
    "closes when it is told goodbye",
    "RPC-DRAIN-8",
    greeted,
    { say: [say(frameKinds.goodbye, 0, encodeFailure(new Failure("unavailable", "bye")))] },
    { closed: true },
  ),
];
