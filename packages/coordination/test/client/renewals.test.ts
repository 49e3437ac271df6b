import { ManualClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { Renewals } from "../../src/client/renewals.js";

const ttlMs = 1000;

describe("what is certain of a session", () => {
  it("COORD-6.4 counts from when the answered renewal was sent, not from its answer", () => {
    const clock = new ManualClock();
    const renewals = new Renewals(clock);
    expect(renewals.remainingMs).toBe(0);
    renewals.sent(1);
    clock.advance(300);
    expect(renewals.remainingMs).toBe(0);
    renewals.answered(1, ttlMs);
    expect(renewals.remainingMs).toBe(700);
    clock.advance(800);
    expect(renewals.remainingMs).toBe(0);
  });

  it("COORD-6.4 a renewal without an answer makes nothing certain, and a late answer to an older one takes nothing back", () => {
    const clock = new ManualClock();
    const renewals = new Renewals(clock);
    renewals.sent(1);
    clock.advance(100);
    renewals.sent(2);
    clock.advance(100);
    renewals.answered(2, ttlMs);
    expect(renewals.remainingMs).toBe(900);
    renewals.answered(1, ttlMs);
    renewals.answered(7, ttlMs);
    renewals.sent(3);
    expect(renewals.remainingMs).toBe(900);
    for (let number = 4; number < 40; number++) renewals.sent(number);
    renewals.answered(3, ttlMs); // forgotten by now
    expect(renewals.remainingMs).toBe(900);
  });

  it("COORD-6.4 the time that a machine slept counts, though its monotonic clock stood still", () => {
    const clock = new ManualClock();
    const renewals = new Renewals(clock);
    renewals.sent(1);
    renewals.answered(1, ttlMs);
    clock.jumpWall(600);
    expect(renewals.remainingMs).toBe(400);
  });

  it("COORD-6.4 nothing is certain of a session that has ended", () => {
    const renewals = new Renewals(new ManualClock());
    renewals.sent(1);
    renewals.answered(1, ttlMs);
    renewals.ended();
    expect(renewals.remainingMs).toBe(0);
  });
});
