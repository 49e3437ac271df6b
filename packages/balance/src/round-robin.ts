import { type Random, randomIndex } from "@skylark/core/internal";
import type { Balancer, Candidate, PickContext, Picker } from "./picker.js";
import { mostPreferred, preferenceOf } from "./preference.js";

/**
 * Each in its turn. The first turn is drawn, or all clients that learned of the same directory would march through it in
 * step and fall on one instance after the other.
 */
export const roundRobin: Balancer = {
  name: "roundRobin",
  picker: (candidates, random) => new RoundRobinPicker(candidates, random),
};

class RoundRobinPicker<C extends Candidate> implements Picker<C> {
  readonly #candidates: readonly C[];
  #turn: number;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#turn = randomIndex(random, candidates.length);
  }

  pick(call: PickContext): C | undefined {
    const candidates = this.#candidates;
    let found: C | undefined;
    let foundAt = 0;
    let foundPreference = 4;
    for (let step = 0, at = this.#turn; step < candidates.length; step++, at = this.#after(at)) {
      const candidate = candidates[at] as C;
      const preference = preferenceOf(candidate, call.avoid);
      if (preference >= foundPreference) continue;
      found = candidate;
      foundAt = at;
      foundPreference = preference;
      if (preference === mostPreferred) break;
    }
    // after the one found, not after the one looked at first: else the neighbour of a passed-over candidate gets its share too
    this.#turn = this.#after(foundAt);
    return found;
  }

  #after(at: number): number {
    return at + 1 < this.#candidates.length ? at + 1 : 0;
  }
}
