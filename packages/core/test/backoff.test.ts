import { Backoff, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";

const highest = { next: () => 1 - Number.EPSILON };
const lowest = { next: () => 0 };

function delays(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => Math.round(backoff.next()));
}

describe("Backoff", () => {
  it("doubles the upper edge up to the most", () => {
    expect(delays(new Backoff({ firstMs: 20, mostMs: 500 }, highest), 7)).toEqual([20, 40, 80, 160, 320, 500, 500]);
  });

  it("may wait not at all: the whole window is its own", () => {
    expect(delays(new Backoff({ firstMs: 20, mostMs: 500 }, lowest), 5)).toEqual([0, 0, 0, 0, 0]);
  });

  it("never passes the most, not even at first", () => {
    expect(delays(new Backoff({ firstMs: 1000, mostMs: 300 }, highest), 2)).toEqual([300, 300]);
  });

  it("stays at the most after thousands of failures", () => {
    const backoff = new Backoff({ firstMs: 1, mostMs: 60_000 }, highest);
    expect(delays(backoff, 5000).at(-1)).toBe(60_000);
  });

  it("starts small again after a reset", () => {
    const backoff = new Backoff({ firstMs: 20, mostMs: 500 }, highest);
    delays(backoff, 4);
    backoff.reset();
    expect(delays(backoff, 2)).toEqual([20, 40]);
  });

  it("spreads those who failed together over the window", () => {
    const random = seededRandom(7);
    const first = Array.from({ length: 1000 }, () => new Backoff({ firstMs: 100, mostMs: 100 }, random).next());
    const perTenth = Array.from(
      { length: 10 },
      (_, tenth) => first.filter((ms) => Math.floor(ms / 10) === tenth).length,
    );
    expect(Math.min(...perTenth)).toBeGreaterThan(60);
    expect(Math.max(...perTenth)).toBeLessThan(140);
  });
});
