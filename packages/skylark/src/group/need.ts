import { SkylarkError } from "@skylark/core";

/**
 * How many instances have to answer well for the whole to count as done: `all` of those asked, `any` one, a `quorum` (more
 * than half), or so many.
 */
export type GroupNeed = "all" | "any" | "quorum" | number;

/** At least one. Fails `invalid_argument` for a number that is no count. */
export function neededOf(need: GroupNeed, asked: number): number {
  switch (need) {
    case "all":
      return Math.max(1, asked);
    case "any":
      return 1;
    case "quorum":
      return Math.floor(asked / 2) + 1;
    default:
      if (Number.isInteger(need) && need >= 1) return need;
      throw new SkylarkError("invalid_argument", `need: ${String(need)} is neither "all", "any", "quorum" nor a count`);
  }
}
