import type { Entry, Json } from "@skylark/coordination";
import { UsageError } from "../failure.js";

/** The first line of an export. COORD-EXPORT-1. */
export interface ExportHeader {
  readonly kind: "skylark coordination export";
  readonly version: 1;
  readonly engine: string;
  /** ISO 8601. */
  readonly at: string;
  readonly under: string;
  readonly entries: number;
}

/** Every other line: COORD-EXPORT-2. */
export interface ExportedEntry {
  readonly key: string;
  readonly value: Json;
  /** It went with a session there; left out for a lasting one. */
  readonly ephemeral?: true;
}

export interface ExportFile {
  readonly header: ExportHeader;
  readonly entries: readonly ExportedEntry[];
}

const kind = "skylark coordination export";

export function exportHeader(found: Pick<ExportHeader, "engine" | "at" | "under" | "entries">): ExportHeader {
  return { kind, version: 1, ...found };
}

export function exportedEntry({ key, value, owner }: Entry): ExportedEntry {
  return owner === undefined ? { key, value } : { key, value, ephemeral: true };
}

/** Reads a whole export before anything of it is written. Fails as a usage error that names the line (COORD-EXPORT-3). */
export function readExport(text: string, path: string): ExportFile {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [first, ...rest] = lines.map((line, index) => jsonOf(line, `${path}, line ${index + 1}`));
  const header = headerOf(first, path);
  const entries = rest.map((value, index) => entryOf(value, `${path}, line ${index + 2}`));
  if (entries.length !== header.entries) {
    const message = `${path} has ${entries.length} entries, and its first line says ${header.entries}: it was cut short`;
    throw new UsageError(message);
  }
  return { header, entries };
}

function headerOf(value: Json | undefined, path: string): ExportHeader {
  if (!isObject(value) || value["kind"] !== kind) throw new UsageError(`${path} is no export of a store`);
  const { version, engine, at, under, entries } = value;
  if (version !== 1)
    throw new UsageError(`${path} is an export of version ${JSON.stringify(version)}; this one reads 1`);
  const isWhole =
    typeof engine === "string" && typeof at === "string" && typeof under === "string" && typeof entries === "number";
  if (!isWhole) throw new UsageError(`the first line of ${path} lacks a field`);
  return exportHeader({ engine, at, under, entries });
}

function entryOf(value: Json, place: string): ExportedEntry {
  if (!isObject(value) || typeof value["key"] !== "string" || value["value"] === undefined)
    throw new UsageError(`${place}: no entry`);
  const { key, value: held, ephemeral } = value;
  return ephemeral === true ? { key, value: held, ephemeral } : { key, value: held };
}

function jsonOf(line: string, place: string): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    throw new UsageError(`${place}: not JSON`);
  }
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
