import { ManualClock } from "@skylark/core/internal";
import { beforeEach, describe, expect, it } from "vitest";

let clock: ManualClock;
let fired: string[];

beforeEach(() => {
  clock = new ManualClock();
  fired = [];
});

const note = (name: string) => () => void fired.push(`${name} at ${clock.now()}`);

describe("ManualClock", () => {
  it("stands still until it is told to move", () => {
    expect(clock.now()).toBe(0);
    clock.advance(5);
    expect(clock.now()).toBe(5);
  });

  it("fires in order of time, then of creation, each at its own instant", () => {
    clock.after(20, note("late"));
    clock.after(10, note("early"));
    clock.after(10, note("early too"));
    clock.advance(30);
    expect(fired).toEqual(["early at 10", "early too at 10", "late at 20"]);
    expect(clock.now()).toBe(30);
  });

  it("fires what is due exactly at the end, and nothing after it", () => {
    clock.after(10, note("due"));
    clock.after(11, note("not due"));
    clock.advance(10);
    expect(fired).toEqual(["due at 10"]);
    expect(clock.pending).toBe(1);
  });

  it("fires a timer made on the way when its time comes within the same move", () => {
    clock.after(10, () => clock.after(5, note("second")));
    clock.advance(20);
    expect(fired).toEqual(["second at 15"]);
  });

  it("fires an interval again and again until it is cancelled", () => {
    const timer = clock.every(10, note("tick"));
    clock.advance(35);
    timer.cancel();
    clock.advance(100);
    expect(fired).toEqual(["tick at 10", "tick at 20", "tick at 30"]);
    expect(clock.pending).toBe(0);
  });

  it("does not fire what another timer cancelled at the same instant", () => {
    clock.after(10, () => second.cancel());
    const second = clock.after(10, note("second"));
    clock.advance(10);
    expect(fired).toEqual([]);
  });

  it("does not mind a timer cancelled twice, or after it fired", () => {
    const timer = clock.after(1, note("once"));
    clock.advance(1);
    timer.cancel();
    timer.cancel();
    expect(fired).toEqual(["once at 1"]);
  });

  it("after a stall fires each timer once, at the end, not where it was due", () => {
    clock.after(10, note("timer"));
    clock.every(10, note("interval"));
    clock.stall(1000);
    expect(fired).toEqual(["timer at 1000", "interval at 1000"]);
    clock.advance(10);
    expect(fired.at(-1)).toBe("interval at 1010");
  });

  it("keeps an interval in step through a stall that ends before it is due", () => {
    clock.every(10, note("interval"));
    clock.stall(4);
    clock.advance(6);
    expect(fired).toEqual(["interval at 10"]);
  });

  it("lets the wall clock run along, and jump on its own", () => {
    const start = clock.wallNow();
    clock.advance(50);
    expect(clock.wallNow()).toBe(start + 50);
    clock.jumpWall(-3_600_000);
    expect(clock.wallNow()).toBe(start + 50 - 3_600_000);
    expect(clock.now()).toBe(50);
  });

  it("begins its wall clock where it is told", () => {
    expect(new ManualClock(42).wallNow()).toBe(42);
  });
});
