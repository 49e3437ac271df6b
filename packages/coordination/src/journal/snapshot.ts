import { closeSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Effect } from "../state/effect.js";
import { root } from "../state/key.js";
import type { Store } from "../state/store.js";
import { damaged, formatVersion, otherVersion } from "./damage.js";
import { type Disk, writeAll } from "./disk.js";
import { effectsFrom, effectsText } from "./effect-text.js";
import { type NumberedFile, syncFolder, unfinishedSuffix } from "./folder.js";
import { decodeRecord, encodeRecord } from "./record.js";

/** What a snapshot says about itself in its first record. */
export interface SnapshotHeader {
  readonly snapshot: number;
  readonly storeId: string;
  /** The last record it holds, and that record's checksum: the journal's chain goes on from there. */
  readonly sequence: number;
  readonly checksum: number;
  readonly epoch: number;
  readonly tag: string;
  readonly counter: number;
}

/** The effects that lead from an empty store to this one; sessions first, since entries name their owners. */
export function* wholeOf(store: Store): Generator<Effect> {
  for (const session of store.sessions.all()) yield { kind: "opened", session: session.id, ttlMs: session.ttlMs };
  for (const entry of store.tree.under(root)) yield { kind: "put", entry };
}

const chunkBytes = 256 * 1024;

/** Writes it under another name, makes it durable, then gives it its name. Returns its length. */
export function writeSnapshot(path: string, header: SnapshotHeader, effects: Iterable<Effect>, disk: Disk): number {
  const unfinished = path + unfinishedSuffix;
  const fd = openSync(unfinished, "w", 0o600);
  let written = 0;
  try {
    let chunk: Buffer[] = [];
    let chunked = 0;
    const flush = () => {
      writeAll(disk, fd, Buffer.concat(chunk), written);
      written += chunked;
      chunk = [];
      chunked = 0;
    };
    for (const bytes of recordsOf(header, effects)) {
      chunk.push(bytes);
      chunked += bytes.length;
      if (chunked >= chunkBytes) flush();
    }
    flush();
    disk.sync(fd);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(unfinished, path);
  syncFolder(dirname(path));
  return written;
}

function* recordsOf(header: SnapshotHeader, effects: Iterable<Effect>): Generator<Buffer> {
  let sequence = 0;
  let previous = 0;
  const next = (json: string) => {
    const { bytes, checksum } = encodeRecord(++sequence, previous, json);
    previous = checksum;
    return bytes;
  };
  yield next(JSON.stringify(header));
  for (const effect of effects) yield next(effectsText([effect]));
  yield next(JSON.stringify({ end: true }));
}

/** Reads one back, every byte of it verified; refuses with DAMAGED. Hands each effect to `replay`. */
export function readSnapshot(file: NumberedFile, replay: (effect: Effect) => void): SnapshotHeader & { bytes: number } {
  const bytes = readFileSync(file.path);
  const first = decodeRecord(bytes, 0);
  if (!first) throw damagedAt(file, 0, "its first record is damaged");
  const header = JSON.parse(first.json) as SnapshotHeader;
  if (header.snapshot !== formatVersion) throw otherVersion(file.path, header.snapshot);
  let last = first;
  let ended = false;
  for (let offset = first.end; offset < bytes.length; offset = last.end) {
    const record = decodeRecord(bytes, offset);
    const chained = record?.sequence === last.sequence + 1 && record.previous === last.checksum;
    if (!record || !chained || ended) throw damagedAt(file, offset, "a record of this snapshot is damaged");
    last = record;
    if (record.json === '{"end":true}') ended = true;
    else for (const effect of effectsFrom(record.json)) replay(effect);
  }
  if (!ended) throw damagedAt(file, bytes.length, "the snapshot breaks off");
  if (header.sequence !== file.sequence)
    throw damagedAt(file, 0, `it is the snapshot of record ${header.sequence}, renamed`);
  return { ...header, bytes: bytes.length };
}

function damagedAt(file: NumberedFile, offset: number, what: string): Error {
  return damaged({ file: file.path, offset, sequence: file.sequence }, what);
}
