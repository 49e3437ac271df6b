import { SkylarkError } from "@skylark/core";
import { ManualClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { Calls } from "../../src/client/calls.js";
import type { Revision } from "../../src/port.js";
import { type CallRequest, type ClientMessage, protocolLimits } from "../../src/protocol/messages.js";
import { MemoryStream } from "../memory-stream.js";

const read: CallRequest = { kind: "get", key: "/a" };
const write: CallRequest = { kind: "write", operations: [{ kind: "put", key: "/a", json: "1", revision: undefined }] };

function setUp(): { clock: ManualClock; calls: Calls; stream: MemoryStream } {
  const clock = new ManualClock();
  return { clock, calls: new Calls(clock), stream: new MemoryStream() };
}

function numbersOf(stream: MemoryStream): number[] {
  return stream.take<ClientMessage>().map((message) => (message.kind === "call" ? message.call : 0));
}

describe("the calls of a client", () => {
  it("wait for a session, then go out in the order they were made", async () => {
    const { calls, stream } = setUp();
    const first = calls.make(read, { timeoutMs: 1000 });
    const second = calls.make(write, { timeoutMs: 1000 });
    expect(stream.sent).toEqual([]);
    calls.resume(stream);
    expect(numbersOf(stream)).toEqual([1, 2]);
    const written = { kind: "written", call: 2, results: [{ revision: "r" as Revision, owner: undefined }] } as const;
    calls.answered(written);
    calls.answered({ kind: "entry", call: 1, entry: null });
    expect(await first).toEqual({ kind: "answered", answer: { kind: "entry", call: 1, entry: null } });
    expect(await second).toEqual({ kind: "answered", answer: written });
  });

  it("COORD-1.11 after a lost connection reads are asked again, before what was not sent yet; a write under way is unknown", async () => {
    const { calls, stream } = setUp();
    calls.resume(stream);
    const reading = calls.make(read, { timeoutMs: 1000 });
    const writing = calls.make(write, { timeoutMs: 1000 });
    calls.lost();
    const later = calls.make(write, { timeoutMs: 1000 });
    expect(await writing).toEqual({ kind: "lost" });
    const next = new MemoryStream();
    calls.resume(next);
    expect(numbersOf(next)).toEqual([1, 3]);
    calls.answered({ kind: "entry", call: 1, entry: null });
    calls.answered({ kind: "written", call: 3, results: [] });
    expect([await reading, await later]).toMatchObject([{ kind: "answered" }, { kind: "answered" }]);
  });

  it("pages gathered before a lost connection are forgotten", async () => {
    const { calls, stream } = setUp();
    calls.resume(stream);
    const listing = calls.make({ kind: "children", parent: "/" }, { timeoutMs: 1000 });
    calls.answered({ kind: "names", call: 1, names: ["a", "b"], more: true });
    calls.lost();
    calls.resume(stream);
    calls.answered({ kind: "names", call: 1, names: ["a"], more: true });
    calls.answered({ kind: "names", call: 1, names: ["c"], more: false });
    expect(await listing).toMatchObject({ answer: { names: ["a", "c"] } });
  });

  it("COORD-1.11 end at their time-out, which says whether they were sent", async () => {
    const { clock, calls, stream } = setUp();
    const unsent = calls.make(write, { timeoutMs: 100 });
    clock.advance(120);
    calls.resume(stream);
    const sent = calls.make(write, { timeoutMs: 100 });
    clock.advance(120);
    expect([await unsent, await sent]).toEqual([
      { kind: "timed out", sent: false },
      { kind: "timed out", sent: true },
    ]);
    expect(numbersOf(stream)).toEqual([2]);
    calls.answered({ kind: "written", call: 2, results: [] }); // too late, and harmless
    expect(clock.pending).toBe(0);
  });

  it("COORD-1.11 end when their signal says so", async () => {
    const { calls, stream } = setUp();
    calls.resume(stream);
    const abort = new AbortController();
    const call = calls.make(read, { signal: abort.signal, timeoutMs: 100 });
    const reason = new Error("enough");
    abort.abort(reason);
    expect(await call).toEqual({ kind: "cancelled", reason });
    const before = calls.make(read, { signal: abort.signal, timeoutMs: 100 });
    expect(await before).toEqual({ kind: "cancelled", reason });
    expect(numbersOf(stream)).toEqual([1]);
  });

  it("go out as the stream has credit and the host has room", async () => {
    const { calls, stream } = setUp();
    stream.credit = 2;
    calls.resume(stream);
    for (let count = 0; count < protocolLimits.callsInFlightMax + 10; count++)
      void calls.make(read, { timeoutMs: 1000 });
    expect(numbersOf(stream)).toHaveLength(2);
    stream.credit = Number.POSITIVE_INFINITY;
    calls.pump();
    expect(numbersOf(stream)).toHaveLength(protocolLimits.callsInFlightMax - 2);
    calls.answered({ kind: "entry", call: 1, entry: null });
    expect(numbersOf(stream)).toEqual([protocolLimits.callsInFlightMax + 1]);
  });

  it("wait between two sessions of one connection, while those sent are still answered", async () => {
    const { calls, stream } = setUp();
    calls.resume(stream);
    const sent = calls.make(write, { timeoutMs: 1000 });
    calls.pause();
    void calls.make(write, { timeoutMs: 1000 });
    expect(numbersOf(stream)).toEqual([1]);
    const failed = { kind: "failed", call: 1, code: 9, message: "over", reason: null, notExecuted: true } as const;
    calls.answered(failed);
    expect(await sent).toEqual({ kind: "answered", answer: failed });
    calls.resume(stream);
    expect(numbersOf(stream)).toEqual([2]);
  });

  it("are cancelled when the client closes, and refused afterwards", async () => {
    const { clock, calls, stream } = setUp();
    calls.resume(stream);
    const reason = new SkylarkError("cancelled", "closed");
    const call = calls.make(read, { timeoutMs: 1000 });
    calls.close(reason);
    expect(await call).toEqual({ kind: "cancelled", reason });
    expect(await calls.make(read, { timeoutMs: 1000 })).toEqual({ kind: "closed" });
    expect(clock.pending).toBe(0);
  });
});
