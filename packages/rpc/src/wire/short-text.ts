/** The longest text for which calling into the runtime costs more than naming the letters one by one. */
export const shortTextBytesMax = 16;

const letters = String.fromCharCode;

/**
 * A text of up to 16 ASCII letters; undefined for letters beyond ASCII. One call with just as many arguments is what the
 * engine makes a string of fastest: several times as fast as the decoder of the runtime, or as adding letters.
 */
export function shortText(bytes: Buffer, at: number, length: number): string | undefined {
  if (length === 0) return "";
  const a = bytes[at] as number;
  if (length === 1) return isAscii(a) ? letters(a) : undefined;
  const b = bytes[at + 1] as number;
  if (length === 2) return isAscii(a | b) ? letters(a, b) : undefined;
  const c = bytes[at + 2] as number;
  if (length === 3) return isAscii(a | b | c) ? letters(a, b, c) : undefined;
  const d = bytes[at + 3] as number;
  if (length === 4) return isAscii(a | b | c | d) ? letters(a, b, c, d) : undefined;
  const e = bytes[at + 4] as number;
  if (length === 5) return isAscii(a | b | c | d | e) ? letters(a, b, c, d, e) : undefined;
  const f = bytes[at + 5] as number;
  if (length === 6) return isAscii(a | b | c | d | e | f) ? letters(a, b, c, d, e, f) : undefined;
  const g = bytes[at + 6] as number;
  if (length === 7) return isAscii(a | b | c | d | e | f | g) ? letters(a, b, c, d, e, f, g) : undefined;
  const h = bytes[at + 7] as number;
  if (length === 8) return isAscii(a | b | c | d | e | f | g | h) ? letters(a, b, c, d, e, f, g, h) : undefined;
  const i = bytes[at + 8] as number;
  if (length === 9) return isAscii(a | b | c | d | e | f | g | h | i) ? letters(a, b, c, d, e, f, g, h, i) : undefined;
  const j = bytes[at + 9] as number;
  if (length === 10)
    return isAscii(a | b | c | d | e | f | g | h | i | j) ? letters(a, b, c, d, e, f, g, h, i, j) : undefined;
  const k = bytes[at + 10] as number;
  if (length === 11)
    return isAscii(a | b | c | d | e | f | g | h | i | j | k) ? letters(a, b, c, d, e, f, g, h, i, j, k) : undefined;
  const l = bytes[at + 11] as number;
  if (length === 12)
    return isAscii(a | b | c | d | e | f | g | h | i | j | k | l)
      ? letters(a, b, c, d, e, f, g, h, i, j, k, l)
      : undefined;
  const m = bytes[at + 12] as number;
  if (length === 13)
    return isAscii(a | b | c | d | e | f | g | h | i | j | k | l | m)
      ? letters(a, b, c, d, e, f, g, h, i, j, k, l, m)
      : undefined;
  const n = bytes[at + 13] as number;
  if (length === 14)
    return isAscii(a | b | c | d | e | f | g | h | i | j | k | l | m | n)
      ? letters(a, b, c, d, e, f, g, h, i, j, k, l, m, n)
      : undefined;
  const o = bytes[at + 14] as number;
  if (length === 15)
    return isAscii(a | b | c | d | e | f | g | h | i | j | k | l | m | n | o)
      ? letters(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
      : undefined;
  const p = bytes[at + 15] as number;
  return isAscii(a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p)
    ? letters(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
    : undefined;
}

function isAscii(all: number): boolean {
  return all < 0x80;
}
