import type { Random } from "@skylark/core/internal";
import type { Balancer, Candidate, PickContext, Picker } from "./picker.js";
import { preferenceOf } from "./preference.js";
import { draw, textHash } from "./rendezvous.js";
import { twoChoices } from "./two-choices.js";

/**
 * The calls of one key to one instance, its owner, as long as that is there: for caches and for whatever is kept in memory
 * per key. Where the owner is not connected or was tried already, the next in the key's own order stands in. Calls without
 * a key are spread by two choices.
 */
export const byKey: Balancer = {
  name: "byKey",
  picker: (candidates, random) => new ByKeyPicker(candidates, random),
};

class ByKeyPicker<C extends Candidate> implements Picker<C> {
  readonly #candidates: readonly C[];
  readonly #hashes: readonly number[];
  readonly #keyless: Picker<C>;

  constructor(candidates: readonly C[], random: Random) {
    this.#candidates = candidates;
    this.#hashes = candidates.map(({ id }) => textHash(id));
    this.#keyless = twoChoices.picker(candidates, random);
  }

  pick(call: PickContext): C | undefined {
    if (call.key === undefined) return this.#keyless.pick(call);
    const key = textHash(call.key);
    let found: C | undefined;
    let foundDraw = -1;
    let foundPreference = 4;
    for (let at = 0; at < this.#candidates.length; at++) {
      const candidate = this.#candidates[at] as C;
      const preference = preferenceOf(candidate, call.avoid);
      if (preference > foundPreference) continue;
      const drawn = draw(key, this.#hashes[at] as number);
      if (preference === foundPreference && drawn <= foundDraw) continue;
      found = candidate;
      foundDraw = drawn;
      foundPreference = preference;
    }
    return found;
  }
}
