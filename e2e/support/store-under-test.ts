import type { Program } from "./program.js";
import type { World } from "./world.js";

/** A store whose every process a test can take away and bring back. Programs find it by their environment alone. */
export interface StoreUnderTest {
  /** How a report calls it. */
  readonly topology: string;
  away(): void;
  back(): void;
}

/**
 * The embedded store, hosted by a process that does nothing else. Away means frozen: were it dead, another of this machine
 * would host, and nothing would be away.
 */
export async function embeddedStore(world: World): Promise<StoreUnderTest> {
  const host: Program = await world.participant("bystander");
  return {
    topology: "embedded, hosted by one process, frozen",
    away: () => host.freeze(),
    back: () => host.thaw(),
  };
}
