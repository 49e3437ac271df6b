import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Store } from "../state/store.js";
import { damaged, formatVersion, missing, otherVersion } from "./damage.js";
import { effectsFrom } from "./effect-text.js";
import { type FolderListing, journalPath, listFolder, type NumberedFile, snapshotPath } from "./folder.js";
import type { ChainEnd } from "./journal.js";
import { decodeRecord, findRecord, type JournalRecord } from "./record.js";
import { readSnapshot } from "./snapshot.js";

/** The last record was not whole: a write that was torn when its process or machine died, and never acknowledged. */
export interface TornWrite {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A store as found on disk, every byte that matters verified. Nothing has been changed yet. */
export interface StoredState {
  readonly store: Store;
  readonly storeId: string;
  readonly end: ChainEnd;
  readonly journal: { readonly path: string; readonly bytes: number };
  readonly snapshotBytes: number;
  /** The numbers of the first journal and of the snapshot that are needed; files before them are left-overs. */
  readonly needed: { readonly journal: number; readonly snapshot: number };
  readonly torn: TornWrite | undefined;
}

interface Chain {
  end: ChainEnd;
  /** The snapshot's place in the chain: the journal must pass through it. */
  readonly anchor: ChainEnd;
  storeId: string | undefined;
}

/** Reads the store in `folder`; undefined where there is none. Refuses with DAMAGED rather than forget anything. */
export function readStore(folder: string, now: number): StoredState | undefined {
  const listing = listFolder(folder);
  if (listing.journals.length === 0 && listing.snapshots.length === 0) return undefined;
  const store = new Store(now);
  const newest = listing.snapshots.at(-1);
  const header = newest && readSnapshot(newest, (effect) => void store.evolve(effect));
  if (header) {
    store.evolve({ kind: "hosted", epoch: header.epoch, tag: header.tag });
    store.countFrom(header.counter);
  }
  const anchor = { sequence: header?.sequence ?? 0, checksum: header?.checksum ?? 0 };
  const chain: Chain = { end: anchor, anchor, storeId: header?.storeId };
  const journals = relevantJournals(folder, listing, anchor.sequence);
  let torn: TornWrite | undefined;
  let bytes = 0;
  for (const file of journals) {
    const content = readFileSync(file.path);
    const last = file === journals.at(-1);
    bytes = readJournal(file, content, chain, store, last);
    if (bytes < content.length) torn = { file: file.path, offset: bytes, bytes: content.length - bytes };
  }
  const [first, { path }] = [journals[0], journals.at(-1)] as [NumberedFile, NumberedFile];
  if (chain.end.sequence < anchor.sequence) {
    throw damaged({ file: path, offset: bytes, sequence: chain.end.sequence + 1 }, "it ends before the snapshot does");
  }
  const needed = { journal: first.sequence, snapshot: anchor.sequence };
  const found = { store, storeId: chain.storeId ?? "", end: chain.end, journal: { path, bytes } };
  return { ...found, snapshotBytes: header?.bytes ?? 0, needed, torn };
}

/** The journals from the one that holds what follows the snapshot; those before it are left-overs of a snapshot just made. */
function relevantJournals(folder: string, { journals, snapshots }: FolderListing, snapshot: number): NumberedFile[] {
  const from = journals.findLastIndex((file) => file.sequence <= snapshot + 1);
  if (from >= 0) return journals.slice(from);
  const next = journals[0];
  if (snapshots.length > 0) throw missing(journalPath(folder, snapshot + 1), snapshot + 1, "it follows the snapshot");
  const sequence = next?.sequence ?? 1;
  throw missing(snapshotPath(folder, sequence - 1), 1, `${next?.path} begins at record ${sequence}`);
}

/** Replays one journal file. Returns the length of its good part. */
function readJournal(file: NumberedFile, bytes: Buffer, chain: Chain, store: Store, last: boolean): number {
  let offset = 0;
  const at = () => ({ file: file.path, offset, sequence: offset === 0 ? file.sequence : chain.end.sequence + 1 });
  while (offset < bytes.length || offset === 0) {
    const record = decodeRecord(bytes, offset);
    if (!record) {
      const behind = findRecord(bytes, offset + 1);
      if (offset > 0 && last && !behind) return offset; // torn: the file's first record was durable before the file had its name
      throw damaged(at(), behind ? `damaged, and record ${behind.sequence} behind it is whole` : "damaged");
    }
    if (offset === 0) readHeader(file, record, chain);
    else if (record.sequence !== chain.end.sequence + 1 || record.previous !== chain.end.checksum) {
      throw damaged(at(), `record ${record.sequence} stands there, and does not follow record ${chain.end.sequence}`);
    }
    chain.end = { sequence: record.sequence, checksum: record.checksum };
    if (record.sequence === chain.anchor.sequence && record.checksum !== chain.anchor.checksum) {
      throw damaged(at(), "it is not the record that the snapshot ends with");
    }
    if (offset > 0 && record.sequence > chain.anchor.sequence) replay(record, store, at());
    offset = record.end;
  }
  return offset;
}

/** The first record of a journal says what it is, and must join the chain unless the snapshot covers it. */
function readHeader(file: NumberedFile, record: JournalRecord, chain: Chain): void {
  const at = { file: file.path, offset: 0, sequence: file.sequence };
  const header = JSON.parse(record.json) as { journal?: unknown; storeId?: unknown };
  if (header.journal !== formatVersion) throw otherVersion(file.path, header.journal);
  if (record.sequence !== file.sequence) throw damaged(at, `it is the journal of record ${record.sequence}, renamed`);
  const covered = record.sequence <= chain.anchor.sequence;
  const joins = record.sequence === chain.end.sequence + 1 && record.previous === chain.end.checksum;
  if (!covered && !joins) {
    if (record.sequence > chain.end.sequence + 1) {
      const folder = join(file.path, "..");
      throw missing(
        journalPath(folder, chain.end.sequence + 1),
        chain.end.sequence + 1,
        "the journal behind it is there",
      );
    }
    throw damaged(at, `it does not follow record ${chain.end.sequence}`);
  }
  chain.storeId ??= String(header.storeId);
  if (header.storeId !== chain.storeId)
    throw damaged(at, `it belongs to store ${String(header.storeId)}, not ${chain.storeId}`);
}

function replay(record: JournalRecord, store: Store, at: { file: string; offset: number; sequence: number }): void {
  try {
    for (const effect of effectsFrom(record.json)) store.evolve(effect);
  } catch (error) {
    throw damaged(at, `its content makes no sense (${error instanceof Error ? error.message : String(error)})`);
  }
}
