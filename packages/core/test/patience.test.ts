import { Patience } from "@skylark/core/internal";
import { expect, it } from "vitest";

it("doubles whenever it ran out, up to the most, and is short again once somebody answered", () => {
  const patience = new Patience({ firstMs: 1000, mostMs: 5000 });
  const inVain = Array.from({ length: 5 }, () => {
    const { ms } = patience;
    patience.ranOut();
    return ms;
  });
  expect(inVain).toEqual([1000, 2000, 4000, 5000, 5000]);
  patience.reset();
  expect(patience.ms).toBe(1000);
});
