import { describe, expect, it } from "vitest";
import { queryInput } from "../../src/door/query-input.js";

describe("the input that a query stands for", () => {
  it.each([
    ["/a/b", undefined],
    ["/a/b?", undefined],
    ["/a/b?name=Ada", { name: "Ada" }],
    ["/a/b?name=Ada+Lovelace%2B&points=90&blank=&bare", { name: "Ada Lovelace+", points: "90", blank: "", bare: "" }],
    ["/a/b?tag=x&tag=y&other=1&tag=z", { tag: ["x", "y", "z"], other: "1" }],
    ["/a/b?q=a=b?c", { q: "a=b?c" }],
    ["/a/b?constructor=1&toString=2", { constructor: "1", toString: "2" }],
    ["/a/b?input=%7B%22ids%22%3A%5B1%2C2%5D%7D", { ids: [1, 2] }],
    ["/a/b?input=3", 3],
    ["/a/b?input=3&more=4", { input: "3", more: "4" }],
  ])("HTTP-GET-2 %s", (url, input) => {
    expect(queryInput(url)).toEqual(input);
  });

  it.each([
    ["/a/b?__proto__=1", "__proto__"],
    ["/a/b?%5F_proto__=1", "__proto__"],
    ["/a/b?name=%FF", "cannot be decoded"],
    ["/a/b?name=%2", "cannot be decoded"],
    ["/a/b?input=%7B", "the input is no JSON"],
    ["/a/b?input=%7B%22__proto__%22%3A1%7D", "__proto__"],
    [`/a/b?input=${"[".repeat(65)}`, "more than 64 levels deep"],
  ])("HTTP-GET-2 is refused: %s", (url, why) => {
    expect(() => queryInput(url)).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(why) }),
    );
  });
});
