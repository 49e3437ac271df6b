import { describe } from "vitest";
import { addressesContract } from "./transport/addresses.js";
import { bytesContract } from "./transport/bytes.js";
import { endsContract } from "./transport/ends.js";
import type { TransportFixture } from "./transport/fixture.js";
import { Ground } from "./transport/ground.js";

/** What every transport must keep. */
export function transportContract(name: string, open: () => Promise<TransportFixture>): void {
  describe(`transport contract: ${name}`, () => {
    const ground = new Ground(open);
    describe("bytes", () => {
      bytesContract(ground);
    });
    describe("ends", () => {
      endsContract(ground);
    });
    describe("addresses", () => {
      addressesContract(ground);
    });
  });
}
