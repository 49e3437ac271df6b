/** What a page aims at: answers beyond a few MiB hold a connection up. */
const pageBytes = 1024 * 1024;
export const firstPageLimit = 32;
const pageLimitMax = 2000;

/** How many keys to ask for next, by how large those of the last page were. */
export function nextPageLimit(keys: number, bytes: number): number {
  const mean = Math.max(1, bytes / Math.max(1, keys));
  return Math.min(pageLimitMax, Math.max(1, Math.floor(pageBytes / mean)));
}
