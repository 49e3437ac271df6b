import { seededRandom } from "@skylark/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nothing, type Operation } from "../../src/linearizability/history.js";
import { search } from "../../src/linearizability/search.js";
import { create, done, get, hasOrder, held, operation, put, refused, unknown } from "./histories.js";
import { likelyHistory, servedHistory } from "./served-history.js";

const isOrdered = (operations: readonly Operation[]): boolean => search(operations).kind === "ordered";

describe("the search for an order", () => {
  it("finds one where operations overlap", () => {
    expect(isOrdered([])).toBe(true);
    expect(
      isOrdered([
        operation("a", [0, 10], put(1), done),
        operation("b", [1, 9], put(2), done),
        operation("c", [2, 4], get, held(2)),
        operation("c", [5, 8], get, held(1)),
      ]),
    ).toBe(true);
  });

  it("finds none for a read that goes back", () => {
    expect(
      isOrdered([
        operation("a", [0, 10], put(1), done),
        operation("b", [2, 4], get, held(1)),
        operation("b", [5, 8], get, held(nothing)),
      ]),
    ).toBe(false);
  });

  it("finds none for a write that was lost, or done twice", () => {
    const lost = [operation("a", [0, 1], put(1), done), operation("b", [2, 3], get, held(nothing))];
    expect(isOrdered(lost)).toBe(false);
    const twice = [
      operation("a", [0, 9], put(1), done),
      operation("b", [1, 2], get, held(1)),
      operation("b", [3, 4], put(2, 1), done),
      operation("b", [5, 6], get, held(1)),
    ];
    expect(isOrdered(twice)).toBe(false);
  });

  it("finds none where two compare-and-sets won over the same", () => {
    expect(
      isOrdered([
        operation("a", [0, 1], create(1), done),
        operation("a", [2, 5], put(2, 1), done),
        operation("b", [3, 6], put(3, 1), done),
      ]),
    ).toBe(false);
  });

  it("lets what has no outcome happen later, or never, but once", () => {
    const late = [
      operation("a", [0, 0], put(1), unknown),
      operation("b", [1, 2], put(2), done),
      operation("b", [3, 4], get, held(2)),
      operation("b", [5, 6], get, held(1)),
    ];
    expect(isOrdered(late)).toBe(true);
    expect(isOrdered(late.slice(0, 3))).toBe(true);
    const twice = [...late, operation("b", [7, 8], put(3), done), operation("b", [9, 10], get, held(1))];
    expect(isOrdered(twice)).toBe(false);
  });

  it("does not let what has no outcome happen before it was asked for", () => {
    const early = [operation("b", [0, 1], get, held(1)), operation("a", [2, 2], put(1), unknown)];
    expect(isOrdered(early)).toBe(false);
  });

  it("takes a create that is refused by its own success for what it is: wrong", () => {
    const repeated = [operation("a", [0, 3], create(1), refused), operation("b", [4, 5], get, held(1))];
    expect(isOrdered(repeated)).toBe(false);
  });

  it("agrees with the definition on small histories", () => {
    let ordered = 0;
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), (seed, likely) => {
        const history = likely ? likelyHistory(seededRandom(seed), 7) : servedHistory(seededRandom(seed), 7, 3);
        const is = hasOrder(history);
        if (is) ordered++;
        expect(isOrdered(history)).toBe(is);
      }),
      { numRuns: 3000, seed: 1993 },
    );
    expect(ordered).toBeGreaterThan(300);
    expect(ordered).toBeLessThan(2700);
  });

  it("finds an order of 200 operations by ten clients, ten of them without an outcome", () => {
    for (let seed = 1; seed <= 3; seed++) {
      const history = servedHistory(seededRandom(seed), 200, 10, 10);
      expect(history).toHaveLength(200);
      expect(isOrdered(history)).toBe(true);
      const [lastRead] = history.filter(({ action }) => action.kind === "get").slice(-1) as [Operation];
      const wrong = history.map((each) => (each === lastRead ? { ...each, outcome: held(9999) } : each));
      expect(isOrdered(wrong)).toBe(false);
    }
  });
});
