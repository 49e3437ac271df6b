import { describe, expect, it } from "vitest";
import { UsageError } from "../src/failure.js";
import { filterWords, withService } from "../src/options/filters.js";

describe("filters", () => {
  it("take the service as an argument or as an option", () => {
    expect(withService({ region: "eu" }, undefined)).toEqual({ region: "eu" });
    expect(withService({ region: "eu" }, "grading")).toEqual({ region: "eu", service: "grading" });
    expect(withService({ service: "grading" }, "grading")).toEqual({ service: "grading" });
  });

  it("refuse two services", () => {
    expect(() => withService({ service: "log" }, "grading")).toThrow(UsageError);
  });

  it("are told as they were given", () => {
    expect(filterWords({})).toBe("");
    expect(
      filterWords({ service: "grading", version: "^1", region: "eu", zone: "a", host: "mars", tag: ["x", "y"] }),
    ).toBe("--service grading --version ^1 --region eu --zone a --host mars --tag x --tag y");
  });
});
