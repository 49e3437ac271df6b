import { crc32 } from "node:zlib";
import { type DirectoryInstance, mergedInstance } from "../consumer/directory-instance.js";
import type { Layout } from "../layout.js";
import { Fields } from "../record/fields.js";
import { type InstanceRecord, readInstance } from "../record/instance.js";
import { readOverride } from "../record/override.js";

/** Another format has another number, and is not read. */
const snapshotFormat = 1;

export const snapshotLimits = {
  /** More instances of one service are not written down: a new process needs some of them, not all. */
  instancesMax: 10_000,
  /** A longer file is not read, nor written: 10,000 instances of 1.6 KiB. */
  bytesMax: 16 * 1024 * 1024,
  /** After a day nearly nothing of a fleet is where it was. */
  ageMsMax: 24 * 60 * 60 * 1000,
} as const;

/** Whose directory it is. */
export interface SnapshotSubject {
  readonly service: string;
  /** Tells this store from others that the same folder may have served: no secret, and no more than that. */
  readonly store: string;
}

export interface Snapshot {
  readonly instances: readonly DirectoryInstance[];
  readonly ageMs: number;
}

export type SnapshotReading =
  | { readonly kind: "read"; readonly snapshot: Snapshot }
  | { readonly kind: "refused"; readonly why: string };

/** The part of a snapshot that tells whether anything has changed. */
export function snapshotBody(instances: readonly DirectoryInstance[]): string {
  const kept = instances.filter(({ state }) => state === "serving").slice(0, snapshotLimits.instancesMax);
  return JSON.stringify(
    kept.map(({ override, effective: _effective, doubted: _doubted, ...record }) => ({ record, override })),
  );
}

/**
 * Three lines: what it is, the instances, and a checksum of the two. `takenAt`: milliseconds since 1970.
 */
export function snapshotText(keys: Layout, { service, store }: SnapshotSubject, body: string, takenAt: number): string {
  const head = JSON.stringify({ format: snapshotFormat, cluster: keys.cluster, service, store, takenAt });
  const text = `${head}\n${body}\n`;
  return `${text}${checksum(text)}\n`;
}

/** Reads what `snapshotText` wrote. Whatever else it finds is refused with the reason, never thrown. */
export function readSnapshot(keys: Layout, subject: SnapshotSubject, text: string, wallNow: number): SnapshotReading {
  const parts = /^([^\n]+\n[^\n]*\n)([0-9a-f]{8})\n$/.exec(text);
  if (!parts?.[1] || checksum(parts[1]) !== parts[2]) return refused("it is damaged: its checksum does not fit");
  try {
    const [head, body] = parts[1].split("\n") as [string, string];
    return readParts(keys, subject, JSON.parse(head), JSON.parse(body), wallNow);
  } catch (thrown) {
    return refused(`it makes no sense: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function readParts(
  keys: Layout,
  subject: SnapshotSubject,
  head: unknown,
  body: unknown,
  wallNow: number,
): SnapshotReading {
  const fields = new Fields(head);
  const format = fields.number("format", 0, Number.MAX_SAFE_INTEGER);
  if (format !== snapshotFormat) return refused(`it has format ${format}, and this version reads ${snapshotFormat}`);
  const expected = { ...subject, cluster: keys.cluster };
  const isSame = Object.entries(expected).every(([name, value]) => fields.text(name) === value);
  if (!isSame) return refused("it is of another service, cluster or store");
  // a clock that was put back since makes a snapshot of the future: as good as one of now
  const ageMs = Math.max(0, wallNow - fields.number("takenAt", 0, Number.MAX_SAFE_INTEGER));
  if (ageMs > snapshotLimits.ageMsMax) return refused(`it is ${Math.round(ageMs / 3_600_000)} h old`);
  const instances = (body as unknown[]).flatMap((each) => understood(keys, each));
  return { kind: "read", snapshot: { instances: Object.freeze(instances), ageMs } };
}

/** Nothing where another version wrote what this one does not understand. */
function understood(keys: Layout, value: unknown): DirectoryInstance[] {
  try {
    const { record, override } = value as { record: InstanceRecord; override?: unknown };
    const key = keys.instance(record.service, record.address, record.id);
    return [
      mergedInstance(readInstance(keys, key, record), override === undefined ? undefined : readOverride(override)),
    ];
  } catch {
    return [];
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

function refused(why: string): SnapshotReading {
  return { kind: "refused", why };
}
