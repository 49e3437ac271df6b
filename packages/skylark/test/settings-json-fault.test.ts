import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonFault } from "../src/settings/json-fault.js";

const pieces = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  '"',
  "'",
  "\\",
  "0",
  "-",
  "1",
  ".",
  "e",
  "a",
  "t",
  " ",
  "\n",
  "\t",
  "\u0001",
];

describe("jsonFault", () => {
  it.each([
    ["", 1, 1],
    ["{", 1, 2],
    ['{"a":1,}', 1, 8],
    ['{"a" 1}', 1, 6],
    ["[1,2", 1, 5],
    ["[1 2]", 1, 4],
    ["[1}", 1, 3],
    ['{"a":1}\n\n{}', 3, 1],
    ["{\r\n  // why\r\n}", 2, 3],
    ['{\n  "a": tru\n}', 2, 8],
    ['["open\n"]', 1, 2],
    ["[01]", 1, 3],
    [",", 1, 1],
    ["{a:1}", 1, 2],
    ["{1:1}", 1, 2],
  ])("finds the first wrong place of %j at line %i, column %i", (text, line, column) => {
    expect(jsonFault(text)).toEqual({ line, column });
  });

  it("agrees with JSON.parse on what is JSON", () => {
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const damaged = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...pieces), fc.constantFrom(0, 1))
      .map(([text, at, put, taken]) => {
        const where = at % (text.length + 1);
        return text.slice(0, where) + put + text.slice(where + taken);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        expect(jsonFault(text) === undefined).toBe(isJson(text));
      }),
      { seed: 20_263, numRuns: 2000 },
    );
  });
});
