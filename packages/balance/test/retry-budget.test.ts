import type { RetryBudgetOptions } from "@skylark/balance";
import { RetryBudget } from "@skylark/balance/internal";
import { type Clock, ManualClock } from "@skylark/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

function bucket(options: RetryBudgetOptions = {}): { budget: RetryBudget; clock: ManualClock } {
  const clock = new ManualClock();
  return { budget: new RetryBudget(clock, options), clock };
}

/** Retries that go through before one is refused. */
function retries(budget: RetryBudget, most = 10_000): number {
  let made = 0;
  while (made < most && budget.withdraw()) made++;
  return made;
}

describe("RetryBudget", () => {
  it("starts full: a hundred retries, then none", () => {
    const { budget } = bucket();
    expect(budget.retriesLeft).toBe(100);
    expect(retries(budget)).toBe(100);
    expect(budget.withdraw()).toBe(false);
  });

  it("allows one retry for five calls in the long run", () => {
    const { budget } = bucket({ minPerSecond: 0 });
    retries(budget);
    let made = 0;
    for (let call = 0; call < 100_000; call++) {
      budget.deposit();
      if (budget.withdraw()) made++;
    }
    expect(made).toBe(20_000);
  });

  it("does not lose a part of a token over many calls", () => {
    const { budget } = bucket({ minPerSecond: 0, ratio: 0.1 });
    retries(budget);
    for (let call = 0; call < 10; call++) budget.deposit();
    expect(retries(budget)).toBe(1);
  });

  it("holds no more than its maximum, however many calls or hours have passed", () => {
    const { budget, clock } = bucket({ tokensMax: 7 });
    for (let call = 0; call < 1000; call++) budget.deposit();
    clock.advance(3_600_000);
    expect(retries(budget)).toBe(7);
  });

  it("lets ten tokens a second trickle in without any call", () => {
    const { budget, clock } = bucket();
    retries(budget);
    clock.advance(99);
    expect(budget.withdraw()).toBe(false);
    clock.advance(1);
    expect(retries(budget)).toBe(1);
    clock.advance(1000);
    expect(retries(budget)).toBe(10);
  });

  it("asks the clock for a retry only, never for a call", () => {
    let asked = 0;
    const clock: Clock = Object.assign(new ManualClock(), { now: () => asked++ });
    const budget = new RetryBudget(clock);
    asked = 0;
    for (let call = 0; call < 100; call++) budget.deposit();
    expect(asked).toBe(0);
    budget.withdraw();
    expect(asked).toBe(1);
  });

  it("never grants more than it started with, plus the calls' share, plus the time's", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("calls" as const), count: fc.nat(50) }),
        fc.record({ kind: fc.constant("retries" as const), count: fc.nat(50) }),
        fc.record({ kind: fc.constant("time" as const), count: fc.nat(3000) }),
      ),
    );
    fc.assert(
      fc.property(steps, (script) => {
        const { budget, clock } = bucket({ ratio: 0.3, minPerSecond: 2, tokensMax: 12 });
        let calls = 0;
        let made = 0;
        for (const step of script) {
          if (step.kind === "calls") for (let call = 0; call < step.count; call++, calls++) budget.deposit();
          if (step.kind === "retries") made += retries(budget, step.count);
          if (step.kind === "time") clock.advance(step.count);
          expect(made).toBeLessThanOrEqual(12 + calls * 0.3 + (clock.now() / 1000) * 2 + 1e-6);
        }
      }),
      { seed: 20_262, numRuns: 200 },
    );
  });

  it("refuses options that make no bucket, and names them", () => {
    for (const [key, value] of [
      ["ratio", -0.1],
      ["ratio", Number.NaN],
      ["minPerSecond", -1],
      ["tokensMax", 0],
      ["tokensMax", Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => bucket({ [key]: value })).toThrow(
        expect.objectContaining({ code: "invalid_argument", reason: "SETTING", details: { key } }),
      );
      expect(() => bucket({ [key]: value })).toThrow(`${key} ${value}`);
    }
  });
});
