import { type Random, randomIndex, seededRandom, systemRandom } from "@skylark/core/internal";

/**
 * Chance for one randomised test, and the seed that repeats it, which is printed: `SKYLARK_SEED=1234` takes that one.
 *
 * @param name says in the output whose seed it is
 */
export function printedSeed(name: string): { readonly seed: number; readonly random: Random } {
  const given = process.env["SKYLARK_SEED"];
  const seed = given === undefined ? randomIndex(systemRandom, 2 ** 31) : Number(given);
  process.stderr.write(`${name}: seed ${seed} (SKYLARK_SEED=${seed} repeats it)\n`);
  return { seed, random: seededRandom(seed) };
}
