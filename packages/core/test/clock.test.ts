import { deferred, systemClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";

describe("systemClock", () => {
  it("never goes back", () => {
    const seen = Array.from({ length: 1000 }, () => systemClock.now());
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  });

  it("knows the wall clock", () => {
    const before = Date.now();
    const wall = systemClock.wallNow();
    expect(wall).toBeGreaterThanOrEqual(before);
    expect(wall).toBeLessThanOrEqual(Date.now());
  });

  it("fires a timer once", async () => {
    const fired = deferred();
    systemClock.after(1, () => fired.resolve(), true);
    await expect(fired.promise).resolves.toBeUndefined();
  });

  it("fires an interval more than once, until it is cancelled", async () => {
    const thrice = deferred();
    let times = 0;
    const timer = systemClock.every(1, () => {
      if (++times === 3) thrice.resolve();
    });
    await thrice.promise;
    timer.cancel();
    expect(times).toBe(3);
  });

  it("never fires what was cancelled", async () => {
    let fired = false;
    const cancelled = systemClock.after(1, () => {
      fired = true;
    });
    cancelled.cancel();
    const later = deferred();
    systemClock.after(10, () => later.resolve(), true); // due after the cancelled one would have been
    await later.promise;
    expect(fired).toBe(false);
  });
});
