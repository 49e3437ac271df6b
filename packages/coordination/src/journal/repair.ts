import { readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { SkylarkError } from "@skylark/core";
import { randomId } from "@skylark/core/internal";
import { root } from "../state/key.js";
import { Store } from "../state/store.js";
import { formatVersion } from "./damage.js";
import { type Disk, systemDisk } from "./disk.js";
import { effectsFrom } from "./effect-text.js";
import { listFolder, type NumberedFile, snapshotPath, syncFolder } from "./folder.js";
import { beginJournal } from "./journal.js";
import { readStore } from "./opening.js";
import { findRecord, type JournalRecord } from "./record.js";
import { type SnapshotHeader, writeSnapshot } from "./snapshot.js";

export type RepairReport =
  /** Nothing was wrong, and nothing was changed. */
  | { readonly kind: "sound" }
  | {
      readonly kind: "repaired";
      /** The first thing that was wrong, as the refused start put it. */
      readonly damage: string;
      /** Persistent entries that are kept. Sessions and their ephemeral entries are not: their owners make them again. */
      readonly entriesKept: number;
      /** Where the files that were replaced lie now. */
      readonly movedAside: readonly string[];
    };

/**
 * Makes a damaged store start again: everything before the first damage of the journal is kept; of a damaged snapshot,
 * every record that is whole. The result is another store, with an id of its own, so that nobody takes it for the one
 * that promised more. The caller holds the store's lock.
 */
export function repairFolder(folder: string, disk: Disk = systemDisk): RepairReport {
  const damage = damageOf(folder);
  if (!damage) return { kind: "sound" };
  const { journals, snapshots } = listFolder(folder);
  const store = new Store(0);
  const highest = salvage(journals, snapshots.at(-1), store);
  const before = [...snapshots, ...journals];
  const sequence = Math.max(highest, ...before.map((file) => file.sequence)) + 1; // above every name that is taken
  const end = { sequence, checksum: 0 };
  const { epoch, tag, counter } = store;
  const header: SnapshotHeader = { snapshot: formatVersion, storeId: randomId(), ...end, epoch, tag, counter };
  const entries = store.tree.under(root).filter((entry) => entry.owner === undefined);
  const effects = entries.map((entry) => ({ kind: "put", entry }) as const);
  writeSnapshot(snapshotPath(folder, sequence), header, effects, disk);
  beginJournal(folder, header.storeId, end, disk);
  return {
    kind: "repaired",
    damage: damage.message,
    entriesKept: entries.length,
    movedAside: moveAside(folder, before),
  };
}

function damageOf(folder: string): SkylarkError | undefined {
  try {
    readStore(folder, 0);
    return undefined;
  } catch (error) {
    if (SkylarkError.is(error, "data_loss")) return error;
    throw error;
  }
}

/** Replays what can be trusted. Returns the number of the last record seen. */
function salvage(journals: readonly NumberedFile[], snapshot: NumberedFile | undefined, store: Store): number {
  if (snapshot) {
    const bytes = readFileSync(snapshot.path);
    for (let found = findRecord(bytes, 0); found; found = findRecord(bytes, found.end)) replay(found, store);
  }
  let last = snapshot?.sequence ?? 0;
  const from = journals.findLastIndex((file) => file.sequence <= last + 1);
  if (from < 0) return last;
  for (const { path, sequence } of journals.slice(from)) {
    const bytes = readFileSync(path);
    let expected = sequence;
    for (let offset = 0; offset < bytes.length; expected++) {
      const record = findRecord(bytes, offset);
      if (record?.begin !== offset || record.sequence !== expected) return last;
      if (record.sequence > last) replay(record, store);
      last = Math.max(last, record.sequence);
      offset = record.end;
    }
  }
  return last;
}

function replay(record: JournalRecord, store: Store): void {
  const header = record.json.startsWith("{");
  if (header) store.countFrom((JSON.parse(record.json) as Partial<SnapshotHeader>).counter ?? 0);
  else for (const effect of effectsFrom(record.json)) store.evolve(effect);
}

function moveAside(folder: string, files: readonly NumberedFile[]): string[] {
  const tag = randomId(6);
  const moved = files.map(({ path }) => {
    const aside = join(folder, `damaged-${tag}-${basename(path)}`);
    renameSync(path, aside);
    return aside;
  });
  syncFolder(folder);
  return moved;
}
