import { describe } from "vitest";
import { entriesContract } from "./coordination/entries.js";
import type { CoordinationFixture } from "./coordination/fixture.js";
import { Ground } from "./coordination/ground.js";
import { sessionsContract } from "./coordination/sessions.js";
import { watchesContract } from "./coordination/watches.js";
import { writesContract } from "./coordination/writes.js";

/**
 * What every engine behind the coordination port must keep. Tests share one store, each below a key of its own.
 *
 * @param open starts a store, empty or not, and is called once.
 */
export function coordinationContract(name: string, open: () => Promise<CoordinationFixture>): void {
  describe(`COORD-4.6 coordination contract: ${name}`, () => {
    const ground = new Ground(open);
    describe("entries", () => {
      entriesContract(ground);
    });
    describe("writes", () => {
      writesContract(ground);
    });
    describe("sessions", () => {
      sessionsContract(ground);
    });
    describe("watches", () => {
      watchesContract(ground);
    });
  });
}
