import { type ErrorCode, errorCodes, SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { ThreadCall } from "../../src/threads/thread-call.js";

const facts = {
  method: "hash",
  remainingMs: undefined,
  caller: { name: "tester", proof: "none" },
  peer: "",
  attempt: 1,
  descendsFromRetry: false,
  requestId: undefined,
  metadata: {},
} as const;

/** The third call of a thread, in the second of its places. */
function callWithFlag() {
  const flags = new Int32Array(new SharedArrayBuffer(16));
  const call = new ThreadCall("hashing", facts, { flags, at: 2, id: 3 });
  const raise = (id: number, code: ErrorCode): void => {
    flags[3] = errorCodes[code];
    flags[2] = id;
  };
  return { call, raise };
}

describe("a call on a thread", () => {
  it("RPC-12.3 sees in shared memory that it is cancelled, when its signal is asked", () => {
    const { call, raise } = callWithFlag();
    const { signal } = call;
    let told = 0;
    signal.addEventListener("abort", () => told++);
    call.onAborted(() => told++);
    raise(2, "cancelled");
    expect(signal.aborted, "that is a call which had its place before").toBe(false);
    signal.throwIfAborted();
    raise(3, "deadline_exceeded");
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: "deadline_exceeded" });
    expect(() => signal.throwIfAborted()).toThrow(signal.reason as SkylarkError);
    expect(call.aborted).toBe(signal.reason);
    expect(told, "its listeners are told by that").toBe(2);
  });

  it("RPC-12.3 tells the first reason, and those who ask late", () => {
    const { call, raise } = callWithFlag();
    const why = new SkylarkError("cancelled", "the caller gave up");
    call.abort(why);
    raise(3, "deadline_exceeded");
    expect(call.signal.reason).toBe(why);
    expect(call.aborted).toBe(why);
    expect(call.remainingMs).toBe(Number.POSITIVE_INFINITY);
  });
});
