import type { KeyValue as Stored } from "../generated/etcd_pb.js";

/** A key and its value, as of one revision of the store. */
export interface KeyValue {
  /** As UTF-8. */
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision of the store that this write made. */
  readonly revision: bigint;
  /** The revision that made the key, after its last deletion. */
  readonly createdRevision: bigint;
  /** How often it was written since then, counted from 1. */
  readonly version: bigint;
  /** The lease whose end deletes it; 0 for none. */
  readonly lease: bigint;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytesOf(text: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof text === "string" ? encoder.encode(text) : new Uint8Array(text);
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function keyValueOf({ key, value, modRevision, createRevision, version, lease }: Stored): KeyValue {
  return { key: textOf(key), value, revision: modRevision, createdRevision: createRevision, version, lease };
}
