import { describe, expect, it } from "vitest";
import { readPatch } from "../src/view/patch.js";

const grading = { Name: "grading", URL: "http://127.0.0.1:6000" };

describe("a patch", () => {
  it("is two lists of names and URLs", () => {
    expect(readPatch({ Added: [grading], Removed: [{ ...grading, URL: "https://[::1]:6001/x" }] })).toEqual({
      added: [{ name: "grading", url: "http://127.0.0.1:6000" }],
      removed: [{ name: "grading", url: "https://[::1]:6001/x" }],
    });
  });

  it.each([{ Added: null, Removed: null }, { Added: [] }, { Removed: null }, { Added: [], Removed: [], Later: 1 }])(
    "may say nothing: %j",
    (value) => {
      expect(readPatch(value)).toEqual({ added: [], removed: [] });
    },
  );

  it.each([
    [null, ""],
    [[], ""],
    ["Added", ""],
    [{}, "Added"],
    [{ added: [grading] }, "Added"],
    [{ Added: {} }, "Added"],
    [{ Added: [], Removed: "none" }, "Removed"],
    [{ Added: [grading, null] }, "Added[1]"],
    [{ Added: ["http://127.0.0.1:6000"] }, "Added[0]"],
    [{ Added: [{ URL: grading.URL }] }, "Added[0].Name"],
    [{ Added: [{ ...grading, Name: 7 }] }, "Added[0].Name"],
    [{ Added: [{ ...grading, URL: undefined }] }, "Added[0].URL"],
    [{ Removed: [{ ...grading, URL: "file:///etc/passwd" }] }, "Removed[0].URL"],
    [{ Added: [{ ...grading, URL: "127.0.0.1:6000" }] }, "Added[0].URL"],
  ])("that is wrong is refused, and the field named: %j", (value, field) => {
    expect(() => readPatch(value)).toThrow(
      expect.objectContaining({ code: "invalid_argument", reason: "VALIDATION", details: { field } }),
    );
  });
});
