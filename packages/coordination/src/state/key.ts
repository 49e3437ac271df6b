import { SkylarkError } from "@skylark/core";
import { coordinationLimits } from "../port.js";

const segments = /^(?:\/[A-Za-z0-9._:@+~[\]-]+)+$/;
const dots = /\/\.{1,2}(?:\/|$)/; // ZooKeeper refuses both as names

/** The root has no entry, but things may be listed and watched below it. */
export const root = "/";

/** Refuses with `invalid_argument` what no engine could keep as the key of an entry. */
export function checkKey(key: unknown): asserts key is string {
  const what = problem(key);
  if (what) throw new SkylarkError("invalid_argument", `key ${show(key)} ${what}`);
}

/** As `checkKey`, but `/` is allowed: it stands for everything. */
export function checkPrefix(prefix: unknown): asserts prefix is string {
  if (prefix !== root) checkKey(prefix);
}

/** `/a/b/c` → `/a/b`, and `/a` → `/`. */
export function parentOf(key: string): string {
  const slash = key.lastIndexOf("/");
  return slash === 0 ? root : key.slice(0, slash);
}

export function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

export function keyBelow(parent: string, name: string): string {
  return parent === root ? `/${name}` : `${parent}/${name}`;
}

/** The key itself, then every key above it, the root last. */
export function* upwards(key: string): Generator<string> {
  for (let at = key; ; at = parentOf(at)) {
    yield at;
    if (at === root) return;
  }
}

function problem(key: unknown): string | undefined {
  if (typeof key !== "string") return "is not a string";
  if (key.length > coordinationLimits.keyBytesMax) return `is longer than ${coordinationLimits.keyBytesMax} bytes`;
  if (!segments.test(key))
    return "must be absolute, without a trailing slash, of segments of A-Z a-z 0-9 . _ : @ + ~ [ ] -";
  return dots.test(key) ? 'must not have the segments "." and ".."' : undefined;
}

function show(key: unknown): string {
  const text = typeof key === "string" ? JSON.stringify(key) : typeof key;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
