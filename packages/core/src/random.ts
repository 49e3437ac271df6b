import { getRandomValues } from "node:crypto";

/** Chance as the rest of the code may know it: passed in, so that a seed replays a run. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: Math.random };

/** Repeats itself for the same seed (mulberry32, Tommy Ettinger). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's: nothing that reads like something else

/** An id that no two starts share by accident: 5 bits a letter, from the system's own source. Default: 12 letters. */
export function randomId(letters = 12): string {
  let id = "";
  for (const byte of getRandomValues(new Uint8Array(letters))) id += alphabet[byte & 31];
  return id;
}

/** A whole number in [0, below). */
export function randomIndex(random: Random, below: number): number {
  return Math.floor(random.next() * below);
}
