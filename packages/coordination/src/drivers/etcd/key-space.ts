import type { KeyRange, KeyValue } from "@skylark/etcd";
import type { Entry, Json, Revision, SessionId } from "../../port.js";
import { checkKey, root } from "../../state/key.js";

/**
 * Where the port's keys lie in etcd: the path itself, behind the prefix. Neither `/` nor `0`, the sign after it, is part of a
 * segment, so what is below `/a` is exactly the range from `/a/` to `/a0`.
 */
export class KeySpace {
  readonly #prefix: string;

  /** @param prefix empty, or a key. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  at(key: string): KeyRange {
    return { from: this.stored(key) };
  }

  stored(key: string): string {
    return this.#prefix + key;
  }

  below(parent: string): KeyRange {
    const from = parent === root ? this.#prefix : this.stored(parent);
    return { from: `${from}/`, to: `${from}0` };
  }

  /** What is at and below `prefix`, and its neighbours such as `/a-1` for `/a`, which `entryOf` tells apart by the key. */
  around(prefix: string): KeyRange {
    if (prefix === root) return this.below(root);
    return { from: this.stored(prefix), to: `${this.stored(prefix)}0` };
  }

  /** The port's key; undefined for what somebody wrote with other tools under a name that is none. */
  keyOf(stored: string): string | undefined {
    const key = stored.slice(this.#prefix.length);
    try {
      checkKey(key);
      return key;
    } catch {
      return undefined;
    }
  }

  entryOf(found: KeyValue): Entry | undefined {
    const key = this.keyOf(found.key);
    if (key === undefined) return undefined;
    return { key, value: valueOf(found.value), revision: revisionOf(found.revision), owner: ownerOf(found.lease) };
  }
}

export function isUnder(prefix: string, key: string): boolean {
  return prefix === root || key === prefix || key.startsWith(`${prefix}/`);
}

export function revisionOf(revision: bigint): Revision {
  return String(revision) as Revision;
}

/** No revision of etcd for a token that is none: it equals nothing. */
export function numberOf(revision: Revision): bigint {
  return /^[1-9]\d{0,18}$/.test(revision) ? BigInt(revision) : -1n;
}

export function ownerOf(lease: bigint): SessionId | undefined {
  return lease === 0n ? undefined : (lease.toString(16) as SessionId);
}

const decoder = new TextDecoder();

/** What was written with other tools need not be JSON; then its text is the value. */
function valueOf(bytes: Uint8Array): Json {
  const text = decoder.decode(bytes);
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
