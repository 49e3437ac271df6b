import { SkylarkError } from "@skylark/core";
import { deferred, ManualClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { Deadline } from "../../src/drivers/deadline.js";

const lost = new SkylarkError("unavailable", "no quorum", { reason: "NO_QUORUM" });

describe("an operation's deadline", () => {
  it("that is ended fails who waits, and lets nothing more be asked", async () => {
    const deadline = new Deadline(new ManualClock(), {});
    const waiting = deadline.waitFor(new Promise(() => {}));
    deadline.end(lost);
    await expect(waiting).rejects.toBe(lost);
    expect(() => deadline.request()).toThrow(lost);
  });

  it("is ended once: the first reason stays, and an outcome that was there before as well", async () => {
    const deadline = new Deadline(new ManualClock(), {});
    expect(await deadline.waitFor(Promise.resolve("done"))).toBe("done");
    deadline.end(lost);
    deadline.end(new SkylarkError("cancelled", "later"));
    expect(() => deadline.refusePassed(undefined)).toThrow(lost);
  });

  it("COORD-1.11 ends with the caller's signal, whose reason it tells, and listens no longer than it waits", async () => {
    const caller = new AbortController();
    const deadline = new Deadline(new ManualClock(), { signal: caller.signal });
    const outcome = deferred<string>();
    const waiting = deadline.waitFor(outcome.promise);
    caller.abort(new SkylarkError("cancelled", "enough"));
    await expect(waiting).rejects.toMatchObject({ code: "cancelled", message: "enough" });
    outcome.reject(new Error("told to nobody"));
    expect(() => deadline.request()).toThrow("enough");
    const answered = new AbortController();
    const late = new Deadline(new ManualClock(), { signal: answered.signal });
    await late.waitFor(Promise.resolve());
    answered.abort();
    expect(() => late.request()).toThrow(expect.objectContaining({ code: "cancelled" }) as Error);
  });

  it("that has passed tells what failed last", () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, { timeoutMs: 100 });
    expect(deadline.request()).toEqual({ timeoutMs: 100 });
    clock.advance(100);
    expect(() => deadline.refusePassed(new Error("overtaken"))).toThrow(/within 100 ms: overtaken/);
  });
});
