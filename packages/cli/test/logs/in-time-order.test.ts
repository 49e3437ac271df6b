import type { LogLine } from "@skylark/logs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InTimeOrder } from "../../src/logs/in-time-order.js";

function line(ms: number, sequence: number): LogLine {
  const time = new Date(ms).toISOString();
  return { time, received: time, origin: "o", instance: "i", sequence, level: "info", message: "" };
}

describe("lines in the order of time", () => {
  it("come all, once each, and in order where none is later than the window", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (late, portion) => {
        const lines = late.map((by, at) => line(at * 10 - by, at));
        const order = new InTimeOrder(10);
        const seen: LogLine[] = [];
        for (let at = 0; at < lines.length; at += portion) seen.push(...order.add(lines.slice(at, at + portion)));
        seen.push(...order.rest());
        expect(seen).toHaveLength(lines.length);
        expect(new Set(seen.map(({ sequence }) => sequence)).size).toBe(lines.length);
        expect(seen.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).toSorted());
      }),
    );
  });

  it("stay as they arrived where they are of one moment", () => {
    const order = new InTimeOrder();
    order.add([line(5, 1), line(3, 2), line(5, 3), line(3, 4)]);
    expect(order.rest().map(({ sequence }) => sequence)).toEqual([2, 4, 1, 3]);
    expect(order.rest()).toEqual([]);
  });

  it("wait in bounded number", () => {
    const order = new InTimeOrder(100);
    let given = 0;
    for (let at = 0; at < 10_000; at++) given += order.add([line(at, at)]).length;
    expect(10_000 - given).toBeLessThanOrEqual(200);
  });
});
