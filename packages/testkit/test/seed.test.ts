import { afterEach, expect, it, vi } from "vitest";
import { printedSeed } from "../src/index.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

it("prints a seed that repeats the run", () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const first = printedSeed("storm");
  expect(written).toHaveBeenCalledWith(`storm: seed ${first.seed} (SKYLARK_SEED=${first.seed} repeats it)\n`);
  vi.stubEnv("SKYLARK_SEED", String(first.seed));
  const again = printedSeed("storm");
  expect(again.seed).toBe(first.seed);
  expect(again.random.next()).toBe(first.random.next());
});
