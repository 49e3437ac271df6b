import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A journal's number is that of its first record, a snapshot's that of the last record it holds. */
export interface NumberedFile {
  readonly sequence: number;
  readonly path: string;
}

export interface FolderListing {
  readonly journals: readonly NumberedFile[];
  readonly snapshots: readonly NumberedFile[];
  /** Begun under a name of their own and never finished: of no value. */
  readonly unfinished: readonly string[];
}

/** What lies in a store's folder, each kind by rising number. Other names are nobody's business here. */
export function listFolder(folder: string): FolderListing {
  const names = readdirSync(folder);
  const numbered = (kind: string) =>
    names
      .flatMap((name) => {
        const match = new RegExp(`^${kind}-([1-9]\\d{0,15})$`).exec(name);
        return match ? [{ sequence: Number(match[1]), path: join(folder, name) }] : [];
      })
      .toSorted((a, b) => a.sequence - b.sequence);
  const unfinished = names.filter((name) => name.endsWith(unfinishedSuffix)).map((name) => join(folder, name));
  return { journals: numbered("journal"), snapshots: numbered("snapshot"), unfinished };
}

export function journalPath(folder: string, firstSequence: number): string {
  return join(folder, `journal-${firstSequence}`);
}

export function snapshotPath(folder: string, sequence: number): string {
  return join(folder, `snapshot-${sequence}`);
}

export const unfinishedSuffix = ".unfinished";

/** A name is durable only once its folder is. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
