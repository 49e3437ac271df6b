/**
 * Highest random weight: of all that could own a key, the one that draws the most for it. Everybody who knows the same ids
 * names the same owner, and when one leaves only its keys move (David Thaler and Chinya Ravishankar, "Using Name-Based
 * Mappings to Increase Hit Rates", IEEE/ACM Transactions on Networking 6(1), 1998).
 */
export function draw(keyHash: number, idHash: number): number {
  return scattered(keyHash ^ Math.imul(idHash, 0x9e3779b1));
}

/** 32 bits of a text: FNV-1a, scattered, since texts that differ in their last letter alone differ in few bits of it. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return scattered(hash);
}

/** The finalizer of MurmurHash3: every bit of the input moves about half of the output's. */
function scattered(bits: number): number {
  let mixed = bits;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
