import { errorCodes, errorReasons, SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { encodeApart } from "../../src/wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../../src/wire/failure.js";
import { wireLimits } from "../../src/wire/frame.js";

function travelled(failure: Failure): SkylarkError {
  const bytes = encodeFailure(failure);
  expect(bytes.length).toBeLessThanOrEqual(wireLimits.failureBytesMax);
  return decodeFailure(bytes, 0, bytes.length).toError();
}

function decoded(value: unknown): SkylarkError {
  const bytes = encodeApart(value);
  return decodeFailure(bytes, 0, bytes.length).toError();
}

describe("a failure on the wire", () => {
  it("RPC-8.2 RPC-FAILURE-1 RPC-FAILURE-4 carries code, message, reason, promises and details", () => {
    const details = { problems: [{ field: "grade.score", problem: "too high" }], at: new Date(5), raw: Buffer.of(1) };
    const error = travelled(
      new Failure("unavailable", "not now", { reason: "DRAINING", details, notExecuted: true, retriesSpent: true }),
    );
    expect(error).toBeInstanceOf(SkylarkError);
    expect(error).toMatchObject({
      code: "unavailable",
      message: "not now",
      reason: "DRAINING",
      details,
      notExecuted: true,
      retriesSpent: true,
    });
  });

  it("RPC-FAILURE-2 RPC-FAILURE-3 carries every code and every reason", () => {
    for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
      for (const reason of [undefined, ...errorReasons]) {
        const error = travelled(new Failure(code, "", { reason }));
        expect([error.code, error.reason]).toEqual([code, reason]);
        expect([error.notExecuted, error.retriesSpent, error.details]).toEqual([false, false, undefined]);
      }
    }
  });

  it("RPC-8.3 RPC-FAILURE-5 leaves the cause at home", () => {
    const cause = new Error("a secret of the provider");
    const failure = Failure.of(new SkylarkError("internal", "broken", { cause }));
    expect(failure.options.cause).toBe(cause);
    expect(encodeFailure(failure).includes("secret")).toBe(false);
    expect(travelled(failure).cause).toBeUndefined();
  });

  it("RPC-8.4 RPC-FAILURE-2 RPC-FAILURE-3 reads unheard-of codes as unknown, unheard-of reasons as none", () => {
    expect(decoded([99, "from the future", "TOO_MANY_MOONS", 255, { a: 1 }, "more", "still"])).toMatchObject({
      code: "unknown",
      message: "from the future",
      reason: undefined,
      notExecuted: true,
      details: { a: 1 },
    });
  });

  it("RPC-FAILURE-7 reads what makes no sense as unknown, without promises", () => {
    const refused = Buffer.from("d40300", "hex");
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.of(0xc1),
      refused,
      encodeFailure(new Failure("aborted", "x")).subarray(1),
    ]) {
      expect(decodeFailure(bytes, 0, bytes.length)).toMatchObject({ code: "unknown", options: {} });
    }
    for (const value of [null, "unavailable", {}, [], ["14", "m", "DRAINING", 1, null], [null, "m", null, 1, null]]) {
      expect(decoded(value)).toMatchObject({ code: "unknown", notExecuted: false, reason: undefined });
    }
    expect(decoded([14, 7, ["DRAINING"], "1", null])).toMatchObject({
      code: "unavailable",
      reason: undefined,
      notExecuted: false,
    });
  });

  it("RPC-FAILURE-5 leaves out details that cannot travel, and keeps the failure", () => {
    const deep: unknown[] = [];
    let innermost = deep;
    for (let depth = 0; depth < 100; depth++) innermost = innermost[innermost.push([]) - 1] as unknown[];
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const prototype = JSON.parse('{"__proto__": {"admin": true}}') as unknown;
    for (const details of [deep, cyclic, prototype, Symbol("s"), new Date(Number.NaN), "x".repeat(70_000)]) {
      expect(travelled(new Failure("not_found", "no student 7", { details }))).toMatchObject({
        code: "not_found",
        message: "no student 7",
        details: undefined,
      });
    }
  });

  it("RPC-FAILURE-5 cuts a message that nobody would read", () => {
    const error = travelled(new Failure("internal", "é".repeat(100_000), { details: { kept: true } }));
    expect(error.message).toBe("é".repeat(4096));
    expect(error.details).toEqual({ kept: true });
  });

  it("makes one of whatever was thrown", () => {
    const nameless = Object.create(null) as object;
    const hostile = Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("no message for you");
      },
    });
    for (const thrown of ["text", 5, null, undefined, {}, nameless, hostile, Symbol("s"), new Error("plain")]) {
      const failure = Failure.of(thrown);
      expect(failure.code).toBe("unknown");
      expect(typeof failure.message).toBe("string");
      travelled(failure);
    }
    expect(Failure.of(new Error("plain")).message).toBe("plain");
    expect(Failure.of(AbortSignal.abort().reason).code).toBe("cancelled");
  });
});
