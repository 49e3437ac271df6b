import { type Clock, type Random, systemClock, systemRandom } from "@skylark/core/internal";

/** What only tests replace. */
export interface RecipeParts {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
}

export function surroundingsOf({ clock = systemClock, random = systemRandom }: RecipeParts): Surroundings {
  return { clock, random };
}
