import fc from "fast-check";
import { expect, it } from "vitest";
import { startOrder } from "../../src/up/start-order.js";

function afters(given: Record<string, string[]>): Map<string, string[]> {
  return new Map(Object.entries(given));
}

it("keeps the order in which processes are listed where nothing else is asked for", () => {
  expect(startOrder(afters({ c: [], a: [], b: [] }))).toEqual(["c", "a", "b"]);
});

it("puts each behind those that it comes after", () => {
  const order = startOrder(afters({ portal: ["grading", "log"], grading: ["log"], log: ["registry"], registry: [] }));
  expect(order).toEqual(["registry", "log", "grading", "portal"]);
});

it("holds for any system without circles", () => {
  const systems = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 }).map((given) => {
    // each comes after some of those before it, listed in reverse
    const entries = given.map((others, index) => [
      `p${index}`,
      index === 0 ? [] : others.map((other) => `p${other % index}`),
    ]);
    return Object.fromEntries(entries.toReversed()) as Record<string, string[]>;
  });
  fc.assert(
    fc.property(systems, (system) => {
      const order = startOrder(afters(system));
      expect(order.toSorted()).toEqual(Object.keys(system).toSorted());
      for (const [name, others] of Object.entries(system)) {
        for (const other of others) expect(order.indexOf(other)).toBeLessThan(order.indexOf(name));
      }
    }),
  );
});

it("names a circle, and nobody who only waits for it", () => {
  const circle = afters({ a: ["b"], b: ["c"], c: ["b"], d: [] });
  expect(() => startOrder(circle)).toThrow("processes wait for each other: b after c after b");
  expect(() => startOrder(afters({ a: ["a"] }))).toThrow("a after a");
});

it("names one that is not there, and who is meant", () => {
  const system = afters({ grading: [], portal: ["gradnig"] });
  expect(() => startOrder(system)).toThrow(
    'processes.portal.after names "gradnig", which is not there: did you mean "grading"?',
  );
  expect(() => startOrder(afters({ a: ["zzzzzz"] }))).toThrow("there is a");
});
