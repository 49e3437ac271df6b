import { seededRandom } from "@skylark/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StreamTable } from "../../src/connection/stream-table.js";

const id = fc.oneof(fc.nat(40), fc.constantFrom(0xffff_ffff, 0xffff_fffe, 0x8000_0000), fc.nat(0xffff_ffff));
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("set" as const), id, value: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("delete" as const), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const) }) },
);

describe("StreamTable", () => {
  it("holds what a Map would hold, whatever is put in and taken out", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), fc.nat(), (steps, seed) => {
        const table = new StreamTable<number>(seededRandom(seed));
        const model = new Map<number, number>();
        for (const each of steps) {
          if (each.kind === "set") {
            table.set(each.id, each.value);
            model.set(each.id, each.value);
          } else if (each.kind === "delete") {
            expect(table.delete(each.id)).toBe(model.delete(each.id));
          } else {
            table.clear();
            model.clear();
          }
          expect(table.size).toBe(model.size);
        }
        expect(table.values().toSorted((a, b) => a - b)).toEqual([...model.values()].toSorted((a, b) => a - b));
        for (const [key, value] of model) expect([table.has(key), table.get(key)]).toEqual([true, value]);
        for (let key = 0; key < 41; key++) expect(table.get(key)).toBe(model.get(key));
      }),
      { seed: 20_308, numRuns: 300 },
    );
  });

  it("keeps many at once apart, and gives all of them back", () => {
    const table = new StreamTable<{ of: number }>(seededRandom(1));
    for (let key = 1; key <= 20_000; key++) table.set(key, { of: key });
    for (let key = 1; key <= 20_000; key += 2) expect(table.delete(key)).toBe(true);
    for (let key = 1; key <= 20_000; key++) expect(table.get(key)?.of).toBe(key % 2 === 0 ? key : undefined);
    expect(table.size).toBe(10_000);
  });

  it("lists those in flight now, whatever happens to the table while they are gone through", () => {
    const table = new StreamTable<number>(seededRandom(1));
    for (let key = 1; key <= 100; key++) table.set(key, key);
    const seen = new Set<number>();
    for (const value of table.values()) {
      seen.add(value);
      table.delete(value);
      table.set(1000 + value, -value);
    }
    expect(seen.size).toBe(100);
    expect(table.size).toBe(100);
  });
});
