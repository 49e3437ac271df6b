import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log, LogLevel } from "@skylark/core";
import { afterEach } from "vitest";
import type { LogLine, SentLine } from "../../src/line/line.js";
import type { LogPage, LogQuery } from "../../src/search/query.js";
import { readPages } from "../../src/search/read-pages.js";
import { LogStore, type LogStoreOptions } from "../../src/store/log-store.js";

const folders: string[] = [];
const stores: LogStore[] = [];

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes with its test. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "skylark-logs-"));
  folders.push(folder);
  return folder;
}

/** A store that its test need not close. */
export async function opened(options: Partial<LogStoreOptions> = {}): Promise<LogStore> {
  const store = await LogStore.open({ folder: ownFolder(), ...options });
  stores.push(store);
  return store;
}

export const source = { origin: "grading", instance: "k3f9-ab" };

/** The whole numbers from one to the other. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Lines with these sequences, all of them whole. */
export function lines(first: number, last: number, more: Partial<SentLine> = {}): SentLine[] {
  return Array.from({ length: last - first + 1 }, (_, at) => ({
    time: new Date(1_800_000_000_000 + ((first + at) % 1e9)).toISOString(),
    sequence: first + at,
    level: "info",
    message: `line ${first + at}`,
    ...more,
  }));
}

export async function pagesOf(store: LogStore, query: LogQuery = {}): Promise<LogPage[]> {
  const pages: LogPage[] = [];
  for await (const page of readPages(store.segments, query, store.closing)) pages.push(page);
  return pages;
}

export async function read(store: LogStore, query: LogQuery = {}): Promise<LogLine[]> {
  return (await pagesOf(store, query)).flatMap((page) => page.lines);
}

export async function sequences(store: LogStore, query: LogQuery = {}): Promise<number[]> {
  return (await read(store, query)).map(({ sequence }) => sequence);
}

/** What was said, for a test to look at. */
export function recordedLog(): { log: Log; said: { level: LogLevel; message: string }[] } {
  const said: { level: LogLevel; message: string }[] = [];
  return { said, log: (level, message) => void said.push({ level, message }) };
}
