import type { Candidate } from "./picker.js";

/** How gladly a candidate is taken, the lower the better: untried before tried, then ready before not ready. */
export type Preference = 0 | 1 | 2 | 3;

/** Nothing is taken more gladly: a search may end here. */
export const mostPreferred: Preference = 0;

export function preferenceOf(candidate: Candidate, avoid: ReadonlySet<string> | undefined): Preference {
  if (avoid?.has(candidate.id)) return candidate.ready ? 2 : 3;
  return candidate.ready ? 0 : 1;
}

/** The best preference that any of `candidates` reaches. */
export function bestPreference(candidates: readonly Candidate[], avoid: ReadonlySet<string> | undefined): Preference {
  let best: Preference = 3;
  for (const candidate of candidates) {
    const preference = preferenceOf(candidate, avoid);
    if (preference < best) best = preference;
    if (best === mostPreferred) break;
  }
  return best;
}

/** How many of `candidates` have exactly this preference. */
export function countPreferred(
  candidates: readonly Candidate[],
  avoid: ReadonlySet<string> | undefined,
  preference: Preference,
): number {
  let count = 0;
  for (const candidate of candidates) if (preferenceOf(candidate, avoid) === preference) count++;
  return count;
}

/** The `position`-th, from zero, of those that have exactly this preference. Counting again costs less than a list per pick. */
export function nthPreferred<C extends Candidate>(
  candidates: readonly C[],
  avoid: ReadonlySet<string> | undefined,
  preference: Preference,
  position: number,
): C | undefined {
  let passed = 0;
  for (const candidate of candidates) {
    if (preferenceOf(candidate, avoid) !== preference) continue;
    if (passed++ === position) return candidate;
  }
  return undefined;
}
