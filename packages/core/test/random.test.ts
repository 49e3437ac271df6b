import { randomId, randomIndex, seededRandom, systemRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";

describe("seededRandom", () => {
  const take = (seed: number, count: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () => random.next());
  };

  it("repeats itself for the same seed", () => {
    expect(take(42, 100)).toEqual(take(42, 100));
  });

  it("differs between neighbouring seeds", () => {
    const firsts = [0, 1, 2, 3, -1, 2 ** 31].map((seed) => take(seed, 1)[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("stays in [0, 1) and fills it evenly", () => {
    const numbers = take(1, 10_000);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    const perTenth = Array.from(
      { length: 10 },
      (_, tenth) => numbers.filter((n) => Math.floor(n * 10) === tenth).length,
    );
    expect(Math.min(...perTenth)).toBeGreaterThan(900);
    expect(Math.max(...perTenth)).toBeLessThan(1100);
  });
});

describe("systemRandom", () => {
  it("stays in [0, 1)", () => {
    const numbers = Array.from({ length: 1000 }, () => systemRandom.next());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  });
});

describe("randomId", () => {
  it("has as many letters as asked for, 12 by default", () => {
    expect(randomId()).toHaveLength(12);
    expect(randomId(5)).toHaveLength(5);
    expect(randomId(0)).toBe("");
  });

  it("uses digits and small letters only, and none that reads like another", () => {
    expect(randomId(10_000)).toMatch(/^[0-9a-hjkmnp-tv-z]+$/);
  });

  it("uses all 32 letters", () => {
    expect(new Set(randomId(10_000)).size).toBe(32);
  });

  it("does not repeat itself", () => {
    expect(new Set(Array.from({ length: 10_000 }, () => randomId())).size).toBe(10_000);
  });
});

describe("randomIndex", () => {
  it("reaches every index below, and none beyond", () => {
    const random = seededRandom(3);
    const seen = new Set(Array.from({ length: 1000 }, () => randomIndex(random, 5)));
    expect([...seen].toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4]);
  });

  it("keeps to the edges of chance", () => {
    expect(randomIndex({ next: () => 0 }, 3)).toBe(0);
    expect(randomIndex({ next: () => 1 - Number.EPSILON }, 3)).toBe(2);
  });
});
