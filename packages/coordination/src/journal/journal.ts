import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { SkylarkError } from "@skylark/core";
import type { Effect } from "../state/effect.js";
import type { Store } from "../state/store.js";
import { formatVersion } from "./damage.js";
import { type Disk, isFull, writeAll } from "./disk.js";
import { effectsText } from "./effect-text.js";
import { journalPath, listFolder, snapshotPath, syncFolder, unfinishedSuffix } from "./folder.js";
import { encodeRecord } from "./record.js";
import { type SnapshotHeader, wholeOf, writeSnapshot } from "./snapshot.js";

/** Where the chain of records stands. */
export interface ChainEnd {
  readonly sequence: number;
  readonly checksum: number;
}

const journalLimits = {
  /** A journal longer than this, and than the last snapshot, is replaced by a snapshot: a take-over reads all of it. */
  journalBytesMax: 4 * 1024 * 1024,
} as const;

export type Appended =
  | { readonly kind: "durable" }
  /** There is no room; the tail has been cut back, and nothing of it is left. */
  | { readonly kind: "refused"; readonly error: SkylarkError };

interface JournalFile {
  readonly path: string;
  readonly bytes: number;
}

interface JournalOptions {
  readonly folder: string;
  readonly storeId: string;
  readonly disk: Disk;
  readonly journalBytesMax?: number;
}

/**
 * The append-only file of everything that has happened since the last snapshot. One record is one group commit, and is
 * durable when `append` returns. Synchronous on purpose: it runs in a thread of its own, and so depends neither on the
 * process's thread pool nor on anybody else's event loop.
 */
export class Journal {
  readonly #options: JournalOptions;
  #fd: number;
  #end: ChainEnd;
  #path: string;
  #bytes: number;
  #snapshotAtBytes: number;

  /** Goes on with a journal whose good part ends at `bytes`; the caller has verified it. */
  constructor(options: JournalOptions, file: JournalFile, end: ChainEnd, snapshotBytes = 0) {
    this.#options = options;
    this.#fd = openSync(file.path, "r+");
    this.#path = file.path;
    this.#bytes = file.bytes;
    this.#end = end;
    this.#snapshotAtBytes = this.#snapshotLimit(snapshotBytes);
  }

  get sequence(): number {
    return this.#end.sequence;
  }

  get path(): string {
    return this.#path;
  }

  get wantsSnapshot(): boolean {
    return this.#bytes > this.#snapshotAtBytes;
  }

  /** Throws where the disk is broken rather than full: what became of the record is then unknown, and the host must end. */
  append(effects: readonly Effect[]): Appended {
    const { disk } = this.#options;
    const sequence = this.#end.sequence + 1;
    const { bytes, checksum } = encodeRecord(sequence, this.#end.checksum, effectsText(effects));
    try {
      writeAll(disk, this.#fd, bytes, this.#bytes);
      disk.sync(this.#fd);
    } catch (cause) {
      if (!isFull(cause)) throw broken(this.#path, cause);
      return this.#cutBack(cause);
    }
    this.#bytes += bytes.length;
    this.#end = { sequence, checksum };
    return { kind: "durable" };
  }

  /**
   * Replaces the journal by a snapshot of `store` and an empty journal. What is needed to start is on disk, whole, at
   * every moment: old files go last.
   */
  snapshot(store: Store): void {
    const { folder, storeId, disk } = this.#options;
    const { sequence } = this.#end;
    this.#snapshotAtBytes = this.#bytes * 2; // should this fail, do not try again at once
    const header: SnapshotHeader = {
      snapshot: formatVersion,
      storeId,
      ...this.#end,
      epoch: store.epoch,
      tag: store.tag,
      counter: store.counter,
    };
    const snapshotBytes = writeSnapshot(snapshotPath(folder, sequence), header, wholeOf(store), disk);
    const next = beginJournal(folder, storeId, this.#end, disk);
    const before = this.#fd;
    this.#fd = openSync(next.file.path, "r+");
    closeSync(before);
    this.#path = next.file.path;
    this.#bytes = next.file.bytes;
    this.#end = next.end;
    this.#snapshotAtBytes = this.#snapshotLimit(snapshotBytes);
    removeOlder(folder, { journal: sequence + 1, snapshot: sequence });
  }

  close(): void {
    closeSync(this.#fd);
  }

  #cutBack(cause: unknown): Appended {
    try {
      this.#options.disk.truncate(this.#fd, this.#bytes);
      this.#options.disk.sync(this.#fd);
    } catch (error) {
      throw broken(this.#path, error);
    }
    const message = `no room on the disk of ${this.#path}; the write did not happen. Make room and write again`;
    return { kind: "refused", error: new SkylarkError("resource_exhausted", message, { cause, notExecuted: true }) };
  }

  #snapshotLimit(snapshotBytes: number): number {
    return Math.max(this.#options.journalBytesMax ?? journalLimits.journalBytesMax, snapshotBytes);
  }
}

/** Makes the journal that follows `after`, its first record in it, durable before it has its name. */
export function beginJournal(
  folder: string,
  storeId: string,
  after: ChainEnd,
  disk: Disk,
): { file: JournalFile; end: ChainEnd } {
  const sequence = after.sequence + 1;
  const path = journalPath(folder, sequence);
  const { bytes, checksum } = encodeRecord(
    sequence,
    after.checksum,
    JSON.stringify({ journal: formatVersion, storeId }),
  );
  const fd = openSync(path + unfinishedSuffix, "w", 0o600);
  try {
    writeAll(disk, fd, bytes, 0);
    disk.sync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    renameSync(path + unfinishedSuffix, path);
    syncFolder(dirname(path));
  } catch (cause) {
    throw broken(path, cause); // it may have its name: nothing more may go into the journal before it
  }
  return { file: { path, bytes: bytes.length }, end: { sequence, checksum } };
}

/** Removes what is superfluous: journals and snapshots before the first that are needed, and what was never finished. */
export function removeOlder(folder: string, needed: { journal: number; snapshot: number }): void {
  const { journals, snapshots, unfinished } = listFolder(folder);
  const covered = journals.filter((file) => file.sequence < needed.journal);
  const older = snapshots.filter((file) => file.sequence < needed.snapshot);
  const paths = [...covered, ...older].map((file) => file.path);
  for (const path of [...paths, ...unfinished]) rmSync(path, { force: true });
}

function broken(path: string, cause: unknown): SkylarkError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SkylarkError("internal", `${path} cannot be written: ${why}. The store ends here`, { cause });
}
