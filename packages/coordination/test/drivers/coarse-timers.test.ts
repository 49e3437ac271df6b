import { ManualClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { CoarseTimers } from "../../src/drivers/coarse-timers.js";

function started() {
  const clock = new ManualClock();
  const timers = new CoarseTimers(clock);
  const fired: [string, number][] = [];
  const start = (name: string, delayMs: number) => timers.after(delayMs, () => fired.push([name, clock.now()]));
  return { clock, fired, start };
}

describe("coarse timers", () => {
  it.each([500, 1000, 1001, 5000])("fire %i ms later, or a fifth of a second after that, never before", (delayMs) => {
    for (const startedAt of [0, 1, 50, 99, 1234]) {
      const { clock, fired, start } = started();
      clock.advance(startedAt);
      start("one", delayMs);
      clock.advance(delayMs - 1);
      expect(fired).toEqual([]);
      clock.advance(201);
      expect(fired).toHaveLength(1);
    }
  });

  it("need one timer of the clock for all, and none where nobody waits", () => {
    const { clock, fired, start } = started();
    const timers = Array.from({ length: 1000 }, (_, n) => start(`t${n}`, 1000));
    expect(clock.pending).toBe(1);
    for (const timer of timers) timer.cancel();
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
    expect(fired).toEqual([]);
  });

  it("may be started and cancelled by one that fires", () => {
    const clock = new ManualClock();
    const timers = new CoarseTimers(clock);
    let fired = 0;
    const other = timers.after(1000, () => expect.fail("it was cancelled"));
    timers.after(900, () => {
      other.cancel();
      timers.after(500, () => (fired += 1));
    });
    clock.advance(5000);
    expect(fired).toBe(1);
    expect(clock.pending).toBe(0);
  });
});
