import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/journal/open-store.js";
import { encodeRecord } from "../../src/journal/record.js";
import { temporaryFolder } from "../temporary-folder.js";
import { commit, contentOf, openHosted, put, refusalOf } from "./stored.js";

const flips = process.env["SKYLARK_FULL"] ? 2000 : 200;

/** A store with a snapshot, and a journal of some length behind it. */
function storeWithHistory(): string {
  const folder = join(temporaryFolder(), "store");
  const opened = openHosted(folder);
  for (let count = 0; count < 20; count++) put(opened, `/services/grading/${count}`, { port: count, text: "Grüße" });
  opened.journal.snapshot(opened.store);
  for (let count = 0; count < 20; count++) put(opened, `/apps/${count % 5}`, { count });
  commit(opened, { kind: "host", tag: "u" });
  opened.journal.close();
  return folder;
}

function filesOf(folder: string): { journal: string; snapshot: string } {
  const names = readdirSync(folder);
  const path = (kind: string) => join(folder, names.find((name) => name.startsWith(kind)) ?? "");
  return { journal: path("journal-"), snapshot: path("snapshot-") };
}

function recordsOf(path: string): string[] {
  const records = readFileSync(path, "utf8").split("\x1e");
  return records.slice(1).map((record) => `\x1e${record}`);
}

function lastRecordAt(bytes: Buffer): number {
  return bytes.lastIndexOf(0x1e);
}

describe("a flipped byte", () => {
  it(`COORD-1.14 anywhere but in the last record stops the start, by file and place (${flips} of them)`, () => {
    const folder = storeWithHistory();
    const { journal, snapshot } = filesOf(folder);
    const random = seededRandom(7);
    for (let flip = 0; flip < flips; flip++) {
      const path = flip % 2 === 0 ? journal : snapshot;
      const whole = readFileSync(path);
      const end = path === journal ? lastRecordAt(whole) : whole.length;
      const at = randomIndex(random, end);
      const bit = 1 << randomIndex(random, 8);
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ bit;
      writeFileSync(path, flipped);
      const error = refusalOf(() => openStore({ folder, now: 0 }));
      expect(error, `byte ${at} of ${path}, bit ${bit}`).toMatchObject({ code: "data_loss", reason: "DAMAGED" });
      expect(error.message).toContain(path);
      expect(error.message).toContain("sky coordination repair");
      const { file, offset } = error.details as { file: string; offset: number };
      expect(file).toBe(path);
      expect(offset).toBeLessThanOrEqual(at);
      expect(whole.subarray(offset, at).includes("\n") && path === journal).toBe(false); // the very record
      expect(readFileSync(path)).toEqual(flipped); // a refused start changes nothing
      writeFileSync(path, whole);
    }
    openStore({ folder, now: 0 }).journal.close();
  });

  it("of every kind of place is found: marker, numbers, checksums, spaces, content, newline", () => {
    const folder = storeWithHistory();
    const { journal } = filesOf(folder);
    const whole = readFileSync(journal);
    const begin = whole.indexOf(0x1e, 1);
    const end = whole.indexOf("\n", begin);
    for (let at = begin; at <= end; at++) {
      for (let bit = 1; bit < 256; bit *= 2) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ bit;
        writeFileSync(journal, flipped);
        const error = refusalOf(() => openStore({ folder, now: 0 }));
        expect(error.details).toMatchObject({ file: journal, offset: begin });
      }
    }
  });

  it("in the last record is taken for a torn write and reported", () => {
    const folder = storeWithHistory();
    const { journal } = filesOf(folder);
    const whole = readFileSync(journal);
    const begin = lastRecordAt(whole);
    for (let at = begin; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      writeFileSync(journal, flipped);
      const opened = openStore({ folder, now: 0 });
      expect(opened.torn).toEqual({ file: journal, offset: begin, bytes: whole.length - begin });
      expect(contentOf(opened)).toMatchObject({ "/apps/4": { count: 19 } });
      opened.journal.close();
    }
  });
});

describe("a store whose files do not belong together is refused by name", () => {
  const cases: Record<string, { spoil: (folder: string, files: ReturnType<typeof filesOf>) => void; says: RegExp }> = {
    "a missing journal": { spoil: (_, { journal }) => rmSync(journal), says: /journal-\d+.*missing/ },
    "a missing snapshot": { spoil: (_, { snapshot }) => rmSync(snapshot), says: /snapshot-\d+.*missing/ },
    "an empty journal": { spoil: (_, { journal }) => writeFileSync(journal, ""), says: /journal-\d+, byte 0/ },
    "a renamed journal": {
      spoil: (folder, { journal }) => renameSync(journal, join(folder, "journal-3")),
      says: /journal-3, byte 0.*renamed/,
    },
    "a renamed snapshot": {
      spoil: (folder, { snapshot }) => renameSync(snapshot, join(folder, "snapshot-30")),
      says: /snapshot-30, byte 0.*renamed/,
    },
    "a truncated snapshot": {
      spoil: (_, { snapshot }) => writeFileSync(snapshot, recordsOf(snapshot).slice(0, -1).join("")),
      says: /snapshot-\d+.*breaks off/,
    },
    "a record cut out": {
      spoil: (_, { journal }) => {
        const records = recordsOf(journal);
        writeFileSync(journal, records.toSpliced(4, 1).join(""));
      },
      says: /record \d+ stands there, and does not follow/,
    },
    "two records swapped": {
      spoil: (_, { journal }) => {
        const records = recordsOf(journal);
        writeFileSync(journal, records.toSpliced(4, 2, records[5] ?? "", records[4] ?? "").join(""));
      },
      says: /record \d+ stands there, and does not follow/,
    },
    "another store's journal": {
      spoil: (folder, { snapshot, journal }) => {
        const other = storeWithHistory();
        cpSync(filesOf(other).journal, journal);
        expect(filesOf(folder).snapshot).toBe(snapshot);
      },
      says: /does not follow record/,
    },
  };
  it.each(Object.entries(cases))("%s", (_, { spoil, says }) => {
    const folder = storeWithHistory();
    spoil(folder, filesOf(folder));
    const error = refusalOf(() => openStore({ folder, now: 0 }));
    expect(error).toMatchObject({ code: "data_loss", reason: "DAMAGED" });
    expect(error.message).toMatch(says);
  });

  it("another format", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "journal-1"), encodeRecord(1, 0, '{"journal":2}').bytes);
    const error = refusalOf(() => openStore({ folder, now: 0 }));
    expect(error.code).toBe("failed_precondition");
    expect(error.message).toMatch(/journal-1 was written in format 2/);
  });
});
