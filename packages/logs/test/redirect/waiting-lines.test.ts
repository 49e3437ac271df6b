import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Batch, WaitingLines, type WrittenLine } from "../../src/redirect/waiting-lines.js";
import { range } from "../support/kept.js";

const time = "2026-11-20T10:00:00.000Z";
const wide = { linesMax: 1_000_000, bytesMax: 1_000_000_000 };

function line(message = "m"): WrittenLine {
  return { time, level: "info", message };
}

function sequencesOf({ lines }: Batch): number[] {
  return lines.map(({ sequence }) => sequence);
}

describe("lines that wait", () => {
  it("leave in order, numbered from 1, no more at once than may", () => {
    const waiting = new WaitingLines(wide);
    for (const _ of range(1, 7)) waiting.add(line());
    expect(sequencesOf(waiting.take({ ...wide, linesMax: 3 }, time))).toEqual([1, 2, 3]);
    expect(waiting.size).toBe(4);
    expect(sequencesOf(waiting.take(wide, time))).toEqual([4, 5, 6, 7]);
    expect(waiting.take(wide, time)).toEqual({ lines: [], own: 0 });
    expect([waiting.size, waiting.bytes]).toEqual([0, 0]);
  });

  it("leave by weight as well, one at least", () => {
    const waiting = new WaitingLines(wide);
    for (const _ of range(1, 3)) waiting.add(line("x".repeat(1000)));
    expect(sequencesOf(waiting.take({ ...wide, bytesMax: 5000 }, time))).toEqual([1, 2]);
    expect(sequencesOf(waiting.take({ ...wide, bytesMax: 10 }, time))).toEqual([3]);
  });

  it("are dropped from the oldest on where there are too many, and a line in their place says how many", () => {
    const waiting = new WaitingLines({ ...wide, linesMax: 10 });
    for (const _ of range(1, 25)) waiting.add(line());
    expect([waiting.size, waiting.dropped]).toEqual([10, 15]);
    const batch = waiting.take(wide, time);
    expect(sequencesOf(batch)).toEqual(range(15, 25));
    expect(batch.own).toBe(10);
    expect(batch.lines[0]).toEqual({
      time,
      sequence: 15,
      level: "warn",
      message: "15 lines were dropped here: the log service did not take more, and no more could wait for it",
      fields: { dropped: 15 },
    });
    waiting.add(line());
    expect(sequencesOf(waiting.take(wide, time))).toEqual([26]); // told once
  });

  it("are dropped where they are too heavy, but never the last one", () => {
    const waiting = new WaitingLines({ ...wide, bytesMax: 10_000 });
    for (const _ of range(1, 10)) waiting.add(line("x".repeat(2000)));
    expect([waiting.size, waiting.dropped]).toEqual([2, 8]);
    waiting.add({ ...line(), fields: { text: "x".repeat(8000) } });
    expect([waiting.size, waiting.dropped]).toEqual([1, 10]);
  });

  it("are counted as dropped where they were refused for good, with the word on earlier ones that went with them", () => {
    const waiting = new WaitingLines({ ...wide, linesMax: 3 });
    for (const _ of range(1, 5)) waiting.add(line());
    waiting.refused(waiting.take(wide, time));
    expect(waiting.dropped).toBe(5);
    waiting.add(line());
    const { lines } = waiting.take(wide, time);
    expect(lines).toMatchObject([{ sequence: 5, fields: { dropped: 5 } }, { sequence: 6 }]);
  });

  it("add up, whatever is added, taken and refused: every number once, rising, or dropped and told", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), count: fc.nat(30) }) },
      fc.record({ kind: fc.constantFrom("take" as const, "refuse" as const), count: fc.integer({ min: 1, max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 40 }), (steps, linesMax) => {
        const waiting = new WaitingLines({ ...wide, linesMax });
        const seen: number[] = [];
        let added = 0;
        let told = 0;
        let own = 0;
        const takeAll = (most: number): void => {
          const batch = waiting.take({ ...wide, linesMax: most }, time);
          own += batch.own;
          seen.push(...sequencesOf(batch));
          for (const { fields } of batch.lines) told += Number(fields?.["dropped"] ?? 0);
        };
        for (const { kind, count } of steps) {
          if (kind === "add") for (const _ of range(1, count)) waiting.add(line(`${++added}`));
          else if (kind === "take") takeAll(count);
          else waiting.refused(waiting.take({ ...wide, linesMax: count }, time));
        }
        waiting.add(line(`${++added}`)); // whatever is still untold is told with the next
        takeAll(Number.POSITIVE_INFINITY);
        expect(own + waiting.dropped).toBe(added);
        expect(told).toBe(waiting.dropped);
        expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
        expect(seen.at(-1)).toBe(added);
      }),
    );
  });
});
