import { type Random, randomIndex } from "@skylark/core/internal";
import type { Balancer, Candidate, PickContext, Picker } from "./picker.js";
import { bestPreference, countPreferred, mostPreferred, nthPreferred, preferenceOf } from "./preference.js";

/**
 * Two different ones by chance, and of these the one with fewer calls in flight. The default: the longest queue grows with
 * the logarithm of the logarithm of the fleet, without the herding that "the least loaded of all" brings with stale figures
 * (Michael Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001).
 */
export const twoChoices: Balancer = {
  name: "twoChoices",
  picker: (candidates, random) => new TwoChoicesPicker(candidates, random),
};

class TwoChoicesPicker<C extends Candidate> implements Picker<C> {
  readonly #candidates: readonly C[];
  readonly #random: Random;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#random = random;
  }

  pick(call: PickContext): C | undefined {
    const candidates = this.#candidates;
    const count = candidates.length;
    if (count < 2) return candidates[0];
    const at = randomIndex(this.#random, count);
    const first = candidates[at] as C;
    const second = candidates[otherIndex(this.#random, count, at)] as C;
    const bothPreferred =
      preferenceOf(first, call.avoid) === mostPreferred && preferenceOf(second, call.avoid) === mostPreferred;
    return bothPreferred ? lighter(first, second) : this.#pickPreferred(call.avoid);
  }

  #pickPreferred(avoid: ReadonlySet<string> | undefined): C | undefined {
    const candidates = this.#candidates;
    const preference = bestPreference(candidates, avoid);
    const count = countPreferred(candidates, avoid, preference);
    const at = randomIndex(this.#random, count);
    const first = nthPreferred(candidates, avoid, preference, at) as C;
    if (count < 2) return first;
    return lighter(first, nthPreferred(candidates, avoid, preference, otherIndex(this.#random, count, at)) as C);
  }
}

/** A tie falls to the first drawn, and which was drawn first is chance. */
function lighter<C extends Candidate>(first: C, second: C): C {
  return second.inFlight < first.inFlight ? second : first;
}

/** A whole number in [0, below) other than `taken`, all equally likely. */
function otherIndex(random: Random, below: number, taken: number): number {
  const drawn = randomIndex(random, below - 1);
  return drawn < taken ? drawn : drawn + 1;
}
