import { Histogram, ManualClock } from "@skylark/core/internal";
import { expect, it } from "vitest";
import { EventLoopDelay } from "../src/application/event-loop-delay.js";

it("counts how late timers fire, from its start to its end", () => {
  const clock = new ManualClock();
  const delay = new EventLoopDelay(clock);
  const seen = (): Histogram => Histogram.fromData(delay.toData());
  clock.advance(1000);
  expect(seen().count).toBe(0);
  delay.start();
  delay.start();
  clock.advance(200);
  expect(seen().count).toBe(10);
  expect(seen().quantile(1)).toBeLessThan(0.01);
  clock.stall(520); // something kept the loop busy
  expect(seen().quantile(1)).toBeCloseTo(500, -1);
  const { count } = seen();
  delay.close();
  clock.advance(1000);
  expect(seen().count).toBe(count);
  expect(clock.pending).toBe(0);
});
