import { describe } from "vitest";
import type { CoordinationFixture } from "./coordination/fixture.js";
import { Ground } from "./coordination/ground.js";
import { electionsContract } from "./recipes/elections.js";
import { locksContract } from "./recipes/locks.js";
import { randomHoldersContract } from "./recipes/random-holders.js";

/**
 * What locks and elections promise, on every engine behind the coordination port. Tests share one store, each below a key of
 * its own.
 *
 * @param open starts a store, empty or not, and is called once.
 */
export function recipesContract(name: string, open: () => Promise<CoordinationFixture>): void {
  describe(`recipes contract: ${name}`, () => {
    const ground = new Ground(open);
    describe("locks", () => {
      locksContract(ground);
    });
    describe("elections", () => {
      electionsContract(ground);
    });
    describe("holders at random", () => {
      randomHoldersContract(ground);
    });
  });
}
