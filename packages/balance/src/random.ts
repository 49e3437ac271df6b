import { type Random, randomIndex } from "@skylark/core/internal";
import type { Balancer, Candidate, PickContext, Picker } from "./picker.js";
import { bestPreference, countPreferred, mostPreferred, nthPreferred, preferenceOf } from "./preference.js";

/** Any of them, all alike. Needs no memory and no knowledge, and shows it: by chance, some always wait longer. */
export const randomChoice: Balancer = {
  name: "random",
  picker: (candidates, random) => new RandomPicker(candidates, random),
};

class RandomPicker<C extends Candidate> implements Picker<C> {
  readonly #candidates: readonly C[];
  readonly #random: Random;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#random = random;
  }

  pick(call: PickContext): C | undefined {
    const candidates = this.#candidates;
    const drawn = candidates[randomIndex(this.#random, candidates.length)];
    // nearly always the end of it; a draw that is refused leaves the rest equally likely
    if (drawn === undefined || preferenceOf(drawn, call.avoid) === mostPreferred) return drawn;
    const preference = bestPreference(candidates, call.avoid);
    const count = countPreferred(candidates, call.avoid, preference);
    return nthPreferred(candidates, call.avoid, preference, randomIndex(this.#random, count));
  }
}
