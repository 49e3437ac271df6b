import type { Log } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";

/** What keeping an entry takes from its surroundings. */
export interface KeepingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The pace at which an entry is kept. */
export const keepingLimits = {
  /** How often an entry looks whether it is listed, give or take a quarter, so that those who started together part. */
  checkIntervalMs: 4000,
  /**
   * Over how long those whose session was lost spread their return ("full jitter"): they all lost it in the same moment.
   * An eighth of what noticing and coming back may take together.
   */
  returnSpreadMs: 250,
  /** Writes of one go: more than a leftover needs, so whoever needs more is fighting somebody. */
  stepsMax: 8,
  /** Undisturbed for so long, it comes back at once; else with a growing delay, so that no two writers spin. */
  calmMs: 1000,
  /** Well under the two seconds after which everything is to be back. */
  retryMs: { firstMs: 50, mostMs: 1000 },
  /** How long a leave waits for the store. It goes on trying afterwards, with nobody waiting. */
  leaveMs: 5000,
  /** An owner remembers so many sessions to know their leftovers. */
  earlierSessionsMax: 8,
} as const;
