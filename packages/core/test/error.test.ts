import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";

describe("SkylarkError", () => {
  it("carries what it was made with", () => {
    const cause = new Error("socket closed");
    const error = new SkylarkError("unavailable", "grading left", {
      reason: "DRAINING",
      details: { instance: "k3f9" },
      cause,
      notExecuted: true,
      retriesSpent: true,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "SkylarkError",
      code: "unavailable",
      message: "grading left",
      reason: "DRAINING",
      details: { instance: "k3f9" },
      cause,
      notExecuted: true,
      retriesSpent: true,
    });
  });

  it("promises nothing that was not said: it may have run, and retries are not spent", () => {
    const error = new SkylarkError("internal", "it broke");
    expect(error).toMatchObject({ notExecuted: false, retriesSpent: false });
    expect(error.reason).toBeUndefined();
    expect(error.details).toBeUndefined();
    expect("cause" in error).toBe(false);
  });

  it("has a stack that begins where it was made", () => {
    expect(new SkylarkError("unknown", "here").stack).toContain("error.test.ts");
  });
});

describe("SkylarkError.is", () => {
  const error: unknown = new SkylarkError("not_found", "no such student");

  it("knows ours from others'", () => {
    expect(SkylarkError.is(error)).toBe(true);
    expect(SkylarkError.is(new Error("no such student"))).toBe(false);
    expect(SkylarkError.is({ code: "not_found" })).toBe(false);
    expect(SkylarkError.is(undefined)).toBe(false);
  });

  it("tells codes apart where one is named", () => {
    expect(SkylarkError.is(error, "not_found")).toBe(true);
    expect(SkylarkError.is(error, "already_exists")).toBe(false);
  });
});

describe("SkylarkError.from", () => {
  it("keeps one of ours as it is", () => {
    const error = new SkylarkError("not_found", "no such student");
    expect(SkylarkError.from(error, "internal")).toBe(error);
  });

  it("reads an aborted signal as cancelled", () => {
    expect(SkylarkError.from(AbortSignal.abort().reason)).toMatchObject({ code: "cancelled" });
  });

  it("reads a time-out as deadline_exceeded", () => {
    const timeout = new DOMException("took too long", "TimeoutError");
    expect(SkylarkError.from(timeout)).toMatchObject({ code: "deadline_exceeded", message: "took too long" });
  });

  it("keeps any other error as the cause, under its message and the code that the boundary gives", () => {
    const thrown = new TypeError("x is not a function");
    const error = SkylarkError.from(thrown, "internal");
    expect(error).toMatchObject({ code: "internal", message: "x is not a function", cause: thrown });
    expect(SkylarkError.from(thrown).code).toBe("unknown");
  });

  it.each([
    ["a string", "out of paper", "out of paper"],
    ["a number", 7, "7"],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
  ])("takes what is no error: %s", (_, thrown, message) => {
    expect(SkylarkError.from(thrown)).toMatchObject({ code: "unknown", message });
  });
});
