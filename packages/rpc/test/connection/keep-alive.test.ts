import { ManualClock, TimerWheel } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { KeepAlive } from "../../src/connection/keep-alive.js";

function watched(options = { intervalMs: 5000, timeoutMs: 3000 }) {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock, 100, 256);
  const told = { asked: 0, lost: 0 };
  const keepAlive = new KeepAlive(
    options,
    clock,
    wheel,
    () => told.asked++,
    () => told.lost++,
  );
  return { clock, wheel, told, keepAlive };
}

describe("KeepAlive", () => {
  it("RPC-ALIVE-2 RPC-3.6 asks after a silence, and gives up after another", () => {
    const { clock, wheel, told } = watched();
    clock.advance(4900);
    expect(told).toEqual({ asked: 0, lost: 0 });
    clock.advance(300);
    expect(told).toEqual({ asked: 1, lost: 0 });
    clock.advance(2700);
    expect(told).toEqual({ asked: 1, lost: 0 });
    clock.advance(400);
    expect(told).toEqual({ asked: 1, lost: 1 });
    expect(wheel.size).toBe(0);
    clock.advance(100_000);
    expect(told.lost).toBe(1);
  });

  it("RPC-ALIVE-2 takes whatever arrives for a sign of life, and then does not ask", () => {
    const { clock, told, keepAlive } = watched();
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      keepAlive.heard();
    }
    expect(told).toEqual({ asked: 0, lost: 0 });
  });

  it("RPC-ALIVE-2 is content with an answer at the last moment", () => {
    const { clock, told, keepAlive } = watched();
    for (let round = 0; round < 10; round++) {
      while (told.asked === round) clock.advance(100);
      clock.advance(2900);
      keepAlive.heard();
      clock.advance(200);
    }
    expect(told).toEqual({ asked: 10, lost: 0 });
  });

  it("RPC-ALIVE-3 asks again where the judge himself was late", () => {
    const { clock, told } = watched();
    clock.advance(5100);
    expect(told.asked).toBe(1);
    clock.stall(60_000);
    expect(told).toEqual({ asked: 2, lost: 0 });
    clock.stall(60_000);
    expect(told).toEqual({ asked: 3, lost: 0 });
    clock.advance(3200);
    expect(told).toEqual({ asked: 3, lost: 1 });
  });

  it("RPC-ALIVE-3 hears, after a stall, what had come meanwhile", () => {
    const { clock, told, keepAlive } = watched();
    clock.advance(5100);
    clock.stall(60_000);
    keepAlive.heard();
    clock.advance(3200);
    expect(told.lost).toBe(0);
  });

  it("judges in time also where the times are shorter than a turn of the wheel", () => {
    const { clock, told } = watched({ intervalMs: 50, timeoutMs: 50 });
    clock.advance(1000);
    expect(told.lost).toBe(1);
  });

  it("leaves the wheel when it is stopped, and tells nothing more", () => {
    const { clock, wheel, told, keepAlive } = watched();
    keepAlive.stop();
    expect(wheel.size).toBe(0);
    clock.advance(100_000);
    expect(told).toEqual({ asked: 0, lost: 0 });
    expect(clock.pending).toBe(0);
  });
});
