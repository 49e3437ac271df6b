import { ManualClock, pause, whenAborted } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";

/** Whether a promise has resolved by now. */
async function isOver(work: Promise<void>): Promise<boolean> {
  const waiting = Symbol("waiting");
  return (await Promise.race([work, Promise.resolve(waiting)])) !== waiting;
}

describe("a pause", () => {
  it("ends with its time", async () => {
    const clock = new ManualClock();
    const paused = pause(clock, 100);
    clock.advance(99);
    expect(await isOver(paused)).toBe(false);
    clock.advance(1);
    await paused;
  });

  it("ends when its signal aborts, and leaves no timer", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const paused = pause(clock, 100, controller.signal);
    expect(await isOver(paused)).toBe(false);
    controller.abort();
    await paused;
    expect(clock.pending).toBe(0);
  });

  it("is none where the signal is aborted already", async () => {
    const clock = new ManualClock();
    await pause(clock, 100, AbortSignal.abort());
    expect(clock.pending).toBe(0);
  });
});

describe("whenAborted", () => {
  it("waits for the abort, be it over or to come", async () => {
    await whenAborted(AbortSignal.abort());
    const controller = new AbortController();
    const aborted = whenAborted(controller.signal);
    expect(await isOver(aborted)).toBe(false);
    controller.abort();
    await aborted;
  });
});
