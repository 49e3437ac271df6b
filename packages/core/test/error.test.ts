import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";

describe("SkylarkError.from", () => {
  it("keeps one of ours as it is", () => {
    const error = new SkylarkError("not_found", "no such student");
    expect(SkylarkError.from(error)).toBe(error);
  });
});
