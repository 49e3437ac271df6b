import { describe, expect, it } from "vitest";
import { stepsFor } from "../ok/steps.js";

const names = (...wanted: string[]) => stepsFor(wanted).map(({ name }) => name);

describe("steps", () => {
  it("are all of them where none is named, what is cheap first", () => {
    expect(names()).toEqual([
      "tidy",
      "layers",
      "requirements",
      "mutants",
      "format",
      "types",
      "lint",
      "unit",
      "contract",
      "e2e",
    ]);
  });

  it("run in their own order, whatever order they are named in", () => {
    expect(names("unit", "tidy")).toEqual(["tidy", "unit"]);
  });

  it("bring along the build where they read it", () => {
    expect(names("e2e")).toEqual(["types", "e2e"]);
  });

  it("refuse a name that none has, and say which there are", () => {
    expect(() => names("tidy", "tests")).toThrow(/no step is called tests; there are tidy, layers/);
  });
});
