import { describe, expect, it } from "vitest";
import { LastSequences } from "../../src/store/last-sequences.js";

describe("the last line of each instance", () => {
  it("is the highest that was noted", () => {
    const last = new LastSequences();
    expect(last.of("a")).toBe(0);
    last.note("a", 7);
    last.note("a", 3);
    expect(last.of("a")).toBe(7);
  });

  it("is remembered of those that were heard of last, and of no more than so many", () => {
    const last = new LastSequences(3);
    for (const instance of ["a", "b", "c"]) last.note(instance, 1);
    last.note("a", 2);
    last.note("d", 1);
    expect(last.entries).toEqual([
      ["c", 1],
      ["a", 2],
      ["d", 1],
    ]);
    expect(last.of("b")).toBe(0);
  });
});
