import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/observe/histogram.js";

/** As promised: half a bucket of 32 in a power of two. */
const relativeError = 1 / 64;
/** From a microsecond to an hour, each power of ten as likely as any other. */
const durations = fc.double({ min: -3, max: 6.55, noNaN: true }).map((power) => 10 ** power);
const quantiles = fc.double({ min: 0, max: 1, noNaN: true });

function histogramOf(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Nearest rank: the smallest value that a share `q` does not pass. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;
}

function expectNear(value: number | undefined, exact: number): void {
  expect(Math.abs((value ?? Number.NaN) - exact) / exact).toBeLessThanOrEqual(relativeError * 1.000_01);
}

describe("a histogram", () => {
  it("tells every quantile with an error of at most 1/64 of its value", () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 300 }), quantiles, (values, q) => {
        expectNear(histogramOf(values).quantile(q), exactQuantile(values, q));
      }),
    );
  });

  it("tells the shortest and the longest, the median and the mean", () => {
    const histogram = histogramOf(Array.from({ length: 1000 }, (_, index) => index + 1));
    expectNear(histogram.quantile(0), 1);
    expectNear(histogram.quantile(0.5), 500);
    expectNear(histogram.quantile(0.99), 990);
    expectNear(histogram.quantile(1), 1000);
    expect(histogram.count).toBe(1000);
    expect(histogram.meanMs).toBe(500.5);
  });

  it("knows nothing of nothing", () => {
    const empty = new Histogram();
    expect([empty.count, empty.meanMs, empty.quantile(0.5)]).toEqual([0, undefined, undefined]);
    expect(empty.toData()).toEqual({ sumMs: 0, buckets: [] });
  });

  it("takes what is beyond its ends for the ends, and never fails", () => {
    for (const tiny of [0, -1, 1e-9, -0, Number.NaN]) expect(histogramOf([tiny]).quantile(0.5)).toBeLessThan(0.001_01);
    for (const huge of [1e9, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      const histogram = histogramOf([huge]);
      expect(histogram.quantile(0.5)).toBeGreaterThan(4_100_000);
      expect(histogram.meanMs).toBe(2 ** 22);
    }
  });

  it("is, merged, what it would be had it seen everything", () => {
    const some = fc.array(durations, { maxLength: 100 });
    fc.assert(
      fc.property(some, some, (one, other) => {
        const merged = histogramOf(one);
        merged.merge(histogramOf(other));
        const whole = histogramOf([...one, ...other]);
        expect(merged.toData().buckets).toEqual(whole.toData().buckets);
        expect(merged.count).toBe(one.length + other.length);
      }),
    );
  });

  it("is, since an earlier state, what came after it", () => {
    const some = fc.array(durations, { maxLength: 100 });
    fc.assert(
      fc.property(some, some, (before, after) => {
        const earlier = histogramOf(before);
        const difference = histogramOf([...before, ...after]).since(earlier);
        expect(difference.toData().buckets).toEqual(histogramOf(after).toData().buckets);
      }),
    );
    expect(histogramOf([1]).since(histogramOf([1, 1, 2])).count).toBe(0); // another one, by mistake
  });

  it("travels as plain data", () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 100 }), (values) => {
        const histogram = histogramOf(values);
        const data = JSON.parse(JSON.stringify(histogram.toData())) as ReturnType<Histogram["toData"]>;
        expect(Histogram.fromData(data).toData()).toEqual(histogram.toData());
      }),
    );
  });

  it("leaves out what a stranger made up", () => {
    const strange = { sumMs: 3, buckets: [-1, 5, 1024, 5, 1.5, 5, 7, -5, 8, Number.NaN, 9, 2, 10] };
    expect(Histogram.fromData(strange).toData()).toEqual({ sumMs: 3, buckets: [9, 2] });
  });
});
