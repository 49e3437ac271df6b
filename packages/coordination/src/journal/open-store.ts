import { closeSync, mkdirSync, openSync } from "node:fs";
import { type Log, silentLog } from "@skylark/core";
import { randomId } from "@skylark/core/internal";
import { Store } from "../state/store.js";
import { type Disk, systemDisk } from "./disk.js";
import { beginJournal, Journal, removeOlder } from "./journal.js";
import { readStore, type TornWrite } from "./opening.js";

export interface OpenStoreOptions {
  readonly folder: string;
  /** An instant of the clock that will judge the sessions. */
  readonly now: number;
  readonly log?: Log;
  readonly disk?: Disk;
  /** A longer journal is replaced by a snapshot. Default: 4 MiB. */
  readonly journalBytesMax?: number;
}

export interface OpenedStore {
  readonly store: Store;
  readonly storeId: string;
  readonly journal: Journal;
  /** What was found at the end of the journal and cut off; undefined where nothing was. */
  readonly torn: TornWrite | undefined;
}

/** Opens the store in `folder`, or begins one. The caller holds its lock. Refuses damage as `readStore` does. */
export function openStore(options: OpenStoreOptions): OpenedStore {
  const { folder, now, log = silentLog, disk = systemDisk } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stored = readStore(folder, now);
  if (!stored) return beginStore(options, disk);
  const { store, storeId, torn } = stored;
  if (torn) {
    cutOff(torn, disk);
    log("warn", `the last record of ${torn.file} was torn and has been cut off; it was never acknowledged`, {
      ...torn,
    });
  }
  removeOlder(folder, stored.needed);
  const journal = new Journal({ ...options, storeId, disk }, stored.journal, stored.end, stored.snapshotBytes);
  return { store, storeId, journal, torn };
}

function beginStore(options: OpenStoreOptions, disk: Disk): OpenedStore {
  const storeId = randomId();
  const { file, end } = beginJournal(options.folder, storeId, { sequence: 0, checksum: 0 }, disk);
  const journal = new Journal({ ...options, storeId, disk }, file, end);
  return { store: new Store(options.now), storeId, journal, torn: undefined };
}

function cutOff({ file, offset }: TornWrite, disk: Disk): void {
  const fd = openSync(file, "r+");
  try {
    disk.truncate(fd, offset);
    disk.sync(fd);
  } finally {
    closeSync(fd);
  }
}
