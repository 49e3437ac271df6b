import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/journal/open-store.js";
import { repairFolder } from "../../src/journal/repair.js";
import { temporaryFolder } from "../temporary-folder.js";
import { ann, commit, contentOf, openHosted, put, refusalOf } from "./stored.js";

function overwrite(path: string, text: string, by: string): Buffer {
  const whole = readFileSync(path, "utf8");
  expect(whole).toContain(text);
  writeFileSync(path, whole.replace(text, by));
  return readFileSync(path);
}

describe("repair", () => {
  it("COORD-1.16 keeps what precedes the damage of a journal, moves the file aside, and the store starts under a new id", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder);
    put(opened, "/a", "first");
    const operations = [{ kind: "create", key: "/mine", json: "1", ephemeral: true }] as const;
    commit(opened, { kind: "write", session: ann, operations });
    put(opened, "/a", "second");
    put(opened, "/b", "third");
    opened.journal.close();
    const damaged = overwrite(opened.journal.path, '"second"', '"SECOND"');
    refusalOf(() => openStore({ folder, now: 0 }));
    const report = repairFolder(folder);
    expect(report).toMatchObject({ kind: "repaired", entriesKept: 1, damage: expect.stringContaining("journal-1") });
    if (report.kind !== "repaired") return;
    expect(report.movedAside.map((path) => readFileSync(path))).toEqual([damaged]);
    const repaired = openHosted(folder);
    expect(contentOf(repaired)).toEqual({ "/a": "first" });
    expect(repaired.storeId).not.toBe(opened.storeId);
    put(repaired, "/c", 1);
    repaired.journal.close();
    const again = openStore({ folder, now: 0 });
    expect(contentOf(again)).toEqual({ "/a": "first", "/c": 1 });
    again.journal.close();
  });

  it("keeps every whole record of a damaged snapshot, and the journal behind it", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder);
    for (const name of ["a", "b", "c"]) put(opened, `/${name}`, name);
    opened.journal.snapshot(opened.store);
    put(opened, "/d", "d");
    opened.journal.close();
    const [snapshot = ""] = readdirSync(folder).filter((name) => name.startsWith("snapshot-"));
    overwrite(join(folder, snapshot), '"b"', '"B"');
    repairFolder(folder);
    const repaired = openStore({ folder, now: 0 });
    expect(contentOf(repaired)).toEqual({ "/a": "a", "/c": "c", "/d": "d" });
    repaired.journal.close();
  });

  it("changes nothing where nothing is wrong", () => {
    const folder = temporaryFolder();
    openHosted(folder).journal.close();
    const before = readFileSync(join(folder, "journal-1"));
    expect(repairFolder(folder)).toEqual({ kind: "sound" });
    expect(readFileSync(join(folder, "journal-1"))).toEqual(before);
  });
});
