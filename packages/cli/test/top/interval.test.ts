import { expect, it } from "vitest";
import { intervalsOf } from "../../src/top/interval.js";
import { figures } from "./figures.js";

it("is what happened since the earlier look, on the instance's own clock", () => {
  const earlier = figures(10_000, {
    grading: { students: { succeeded: 5, failures: { aborted: 1 }, tookMs: [1, 1] } },
  });
  const later = figures(12_000, {
    grading: {
      students: { started: 30, succeeded: 20, failures: { aborted: 2, cancelled: 3 }, tookMs: [1, 1, 100] },
    },
  });
  const [interval] = intervalsOf(later, earlier);
  expect(interval).toMatchObject({
    service: "grading",
    method: "students",
    seconds: 2,
    ended: 19,
    errors: 1,
    inFlight: 5,
  });
  expect(interval?.latency.count).toBe(1);
  expect(interval?.latency.quantile(0.5)).toBeCloseTo(100, -1);
});

it("begins with the instance, or the method, where there was none before", () => {
  const later = figures(500, { grading: { students: { succeeded: 3 } }, notes: { echo: { succeeded: 1 } } });
  expect(intervalsOf(later).map(({ seconds, ended }) => [seconds, ended])).toEqual([
    [0.5, 3],
    [0.5, 1],
  ]);
  const earlier = figures(100, { grading: {} });
  expect(intervalsOf(later, earlier).map(({ ended }) => ended)).toEqual([3, 1]);
});
