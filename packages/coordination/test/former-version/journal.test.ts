import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { effectsFrom } from "../../src/journal/effect-text.js";
import { openStore } from "../../src/journal/open-store.js";
import { commit, contentOf } from "../journal/stored.js";
import { temporaryFolder } from "../temporary-folder.js";
import { recorded, withLaterFields } from "./recorded.js";

/* The store as the former version left it on the disk, and what today's version writes for the same commands. */

const { commands, files } = recorded.journal;

it("COORD-5.3 today's version takes over what the former one wrote", () => {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const opened = openStore({ folder, now: 0 });
  expect(contentOf(opened)).toEqual({ "/apps/here": "own", "/apps/last": 4711 });
  expect([...opened.store.sessions.all()]).toMatchObject([{ id: "ann", ttlMs: 4000 }]);
  expect([opened.store.epoch, opened.store.tag]).toEqual([2, "t2"]);
  expect(opened.torn).toBeUndefined();
  opened.journal.close();
});

it("COORD-5.3 today's version writes what the former one reads: the same records, field by field", () => {
  const folder = temporaryFolder();
  const opened = openStore({ folder, now: 0 });
  for (const [at, command] of commands.entries()) {
    commit(opened, command);
    if (at + 1 === commands.length / 2) opened.journal.snapshot(opened.store);
  }
  opened.journal.close();
  const { storeId } = opened;
  const written = readdirSync(folder).map((name) => [name, said(readFileSync(join(folder, name), "utf8"))]);
  const before = Object.entries(files).map(([name, text]) => [name, said(text, storeId)]);
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(before));
});

it("COORD-5.3 fields that a later version adds to a record are passed over", () => {
  const texts = Object.values(files).flatMap((text) => said(text));
  for (const effects of texts.filter((record) => Array.isArray(record))) {
    const [json, later] = [effects, effects.map((effect) => ({ ...(effect as object), later: withLaterFields({}) }))];
    expect(effectsFrom(JSON.stringify(later))).toEqual(effectsFrom(JSON.stringify(json)));
  }
});

/** The records without what depends on the store's random id: the id itself, and checksums. */
function said(text: string, storeId?: string): unknown[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const record = JSON.parse(line.slice(line.search(/[[{]/))) as unknown;
      if (Array.isArray(record)) return record as unknown[];
      const { checksum: _, ...header } = record as { readonly checksum?: number; readonly storeId?: string };
      return storeId !== undefined && "storeId" in header ? { ...header, storeId } : header;
    });
}
