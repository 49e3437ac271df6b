import { bytesOf } from "./key-value.js";

/** The keys from `from` up to, without, `to`, in the order of their bytes; only `from` itself without `to`. */
export interface KeyRange {
  readonly from: string;
  readonly to?: string;
}

/** All keys that begin with `prefix`, which is not empty and ends in an ASCII character: `/services/`. */
export function keysWith(prefix: string): KeyRange {
  const last = prefix.charCodeAt(prefix.length - 1);
  return { from: prefix, to: prefix.slice(0, -1) + String.fromCharCode(last + 1) };
}

/** As the API has it. */
export function rangeFields({ from, to }: KeyRange): { key: Uint8Array; rangeEnd: Uint8Array } {
  return { key: bytesOf(from), rangeEnd: to === undefined ? new Uint8Array() : bytesOf(to) };
}

export function rangeText({ from, to }: KeyRange): string {
  return to === undefined ? from : `${from}…`;
}
