import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/journal/open-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { FaultyDisk } from "./faulty-disk.js";
import { ann, commit, contentOf, openHosted, put, refusalOf } from "./stored.js";

describe("a journal", () => {
  it("gives back what was appended, under the same store id and a higher epoch", () => {
    const folder = temporaryFolder();
    const first = openHosted(folder);
    put(first, "/a", { b: ["ü", "\u001e", "\n", null] });
    put(first, "/c", 1);
    first.journal.close();
    const second = openHosted(folder);
    expect(contentOf(second)).toEqual({ "/a": { b: ["ü", "\u001e", "\n", null] }, "/c": 1 });
    expect(second.storeId).toBe(first.storeId);
    expect([first.store.epoch, second.store.epoch]).toEqual([1, 2]);
    expect(second.store.sessions.get(ann)).toEqual({ id: ann, ttlMs: 1000 });
    expect(second.torn).toBeUndefined();
    second.journal.close();
  });

  it("is text that a person can read: one line a commit", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder);
    put(opened, "/a", { b: 1 });
    opened.journal.close();
    const lines = readFileSync(join(folder, "journal-1"), "utf8").split("\n");
    expect(lines).toHaveLength(5); // its own header, the host, the session, the entry; nothing behind the last newline
    expect(lines[3]?.replace("\x1e", "␞")).toMatch(
      /^␞4 [0-9a-f]{8} [0-9a-f]{8} \[\{"put":"\/a","revision":"1\.t","value":\{"b":1\}\}\]$/,
    );
  });

  it("makes each record durable before it returns", () => {
    const disk = new FaultyDisk();
    const opened = openHosted(temporaryFolder(), { disk });
    const before = disk.syncs;
    put(opened, "/a", 1);
    expect(disk.syncs).toBe(before + 1);
    opened.journal.close();
  });

  it("COORD-1.13 cuts off a last record torn at any byte, says so, and keeps everything before it", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder);
    put(opened, "/kept", 1);
    const path = join(folder, "journal-1");
    const good = statSync(path).size;
    put(opened, "/torn", { some: "value" });
    opened.journal.close();
    const whole = readFileSync(path);
    for (let length = good + 1; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const warned: string[] = [];
      const reopened = openStore({ folder, now: 0, log: (level, message) => void warned.push(`${level} ${message}`) });
      expect(contentOf(reopened)).toEqual({ "/kept": 1 });
      expect(reopened.torn).toEqual({ file: path, offset: good, bytes: length - good });
      expect(warned).toEqual([expect.stringMatching(/^warn the last record of .*journal-1 was torn/)]);
      expect(statSync(path).size).toBe(good);
      reopened.journal.close();
    }
  });

  it("goes on behind a torn record that was cut off", () => {
    const folder = temporaryFolder();
    openHosted(folder).journal.close();
    appendFileSync(join(folder, "journal-1"), "\x1e4 garbage without an end");
    const second = openHosted(folder);
    put(second, "/a", 1);
    second.journal.close();
    const third = openStore({ folder, now: 0 });
    expect(contentOf(third)).toEqual({ "/a": 1 });
    expect(third.torn).toBeUndefined();
    third.journal.close();
  });
});

describe("a full disk", () => {
  it("COORD-1.15 refuses the write, keeps nothing of it, lets reads go on, and writes work again when there is room", () => {
    const folder = temporaryFolder();
    const disk = new FaultyDisk();
    const opened = openHosted(folder, { disk });
    put(opened, "/before", 1);
    const good = readFileSync(opened.journal.path);
    disk.fault = { kind: "full", roomBytes: 20 };
    const error = refusalOf(() => put(opened, "/refused", "x".repeat(1000)));
    expect(error).toMatchObject({ code: "resource_exhausted", notExecuted: true });
    expect(error.message).toContain(opened.journal.path);
    expect(readFileSync(opened.journal.path)).toEqual(good);
    expect(contentOf(opened)).toEqual({ "/before": 1 });
    disk.fault = { kind: "none" };
    put(opened, "/after", 2);
    opened.journal.close();
    const reopened = openStore({ folder, now: 0 });
    expect(contentOf(reopened)).toEqual({ "/before": 1, "/after": 2 });
    reopened.journal.close();
  });

  it("leaves the old files in force when there is no room for a snapshot", () => {
    const folder = temporaryFolder();
    const disk = new FaultyDisk();
    const opened = openHosted(folder, { disk });
    put(opened, "/a", 1);
    disk.fault = { kind: "full", roomBytes: 20 };
    expect(() => opened.journal.snapshot(opened.store)).toThrow("ENOSPC");
    disk.fault = { kind: "none" };
    put(opened, "/b", 2);
    opened.journal.close();
    expect(readdirSync(folder)).toEqual(["journal-1"]);
    const reopened = openStore({ folder, now: 0 });
    expect(contentOf(reopened)).toEqual({ "/a": 1, "/b": 2 });
    reopened.journal.close();
  });

  it("is told from a broken one, which ends the store", () => {
    for (const step of ["write", "sync"] as const) {
      const disk = new FaultyDisk();
      const opened = openHosted(temporaryFolder(), { disk });
      disk.fault = { kind: "failing", step };
      expect(refusalOf(() => put(opened, "/a", 1))).toMatchObject({ code: "internal", notExecuted: false });
      opened.journal.close();
    }
  });
});

describe("a snapshot", () => {
  it("replaces the journal once that is longer than its limit, and the store comes back from both", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder, { journalBytesMax: 2000 });
    for (let count = 0; !opened.journal.wantsSnapshot; count++) put(opened, `/a/${count % 7}`, count);
    const expected = contentOf(opened);
    opened.journal.snapshot(opened.store);
    expect(opened.journal.wantsSnapshot).toBe(false);
    const sequence = opened.journal.sequence;
    expect(readdirSync(folder).toSorted()).toEqual([`journal-${sequence}`, `snapshot-${sequence - 1}`]);
    put(opened, "/b", "behind the snapshot");
    opened.journal.close();
    const reopened = openStore({ folder, now: 0 });
    expect(contentOf(reopened)).toEqual({ ...expected, "/b": "behind the snapshot" });
    expect(reopened.store).toMatchObject({ epoch: 1, tag: "t", counter: opened.store.counter });
    reopened.journal.close();
  });

  it("keeps the revision counter even when the entry that carried it is gone", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder);
    put(opened, "/a", 1);
    put(opened, "/b", 1);
    const operations = [{ kind: "delete", key: "/b", revision: undefined }] as const;
    commit(opened, { kind: "write", session: ann, operations });
    opened.journal.snapshot(opened.store);
    opened.journal.close();
    const reopened = openStore({ folder, now: 0 });
    expect(reopened.store.counter).toBe(2);
    reopened.journal.close();
  });

  it("leaves a store that opens, whichever step of making it was the last", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder);
    put(opened, "/a", 1);
    const oldJournal = join(folder, "journal-1");
    copyFileSync(oldJournal, join(folder, "kept"));
    opened.journal.snapshot(opened.store);
    opened.journal.close();
    const [newJournal = ""] = readdirSync(folder).filter((name) => name.startsWith("journal-"));
    copyFileSync(join(folder, "kept"), oldJournal); // died before removing the old journal
    writeFileSync(join(folder, "snapshot-9.unfinished"), "half");
    const second = openStore({ folder, now: 0 });
    expect(contentOf(second)).toEqual({ "/a": 1 });
    expect(readdirSync(folder).toSorted()).toEqual([newJournal, "kept", "snapshot-4"]);
    second.journal.close();
    copyFileSync(join(folder, "kept"), oldJournal);
    rmSync(join(folder, newJournal)); // died before beginning the new one
    const third = openHosted(folder);
    put(third, "/b", 2);
    third.journal.close();
    const fourth = openStore({ folder, now: 0 });
    expect(contentOf(fourth)).toEqual({ "/a": 1, "/b": 2 });
    fourth.journal.close();
  });

  it("is not believed when its journal ends before it", () => {
    const folder = temporaryFolder();
    const opened = openHosted(folder);
    const short = readFileSync(opened.journal.path);
    put(opened, "/a", 1);
    opened.journal.snapshot(opened.store);
    opened.journal.close();
    rmSync(opened.journal.path);
    writeFileSync(join(folder, "journal-1"), short);
    expect(refusalOf(() => openStore({ folder, now: 0 }))).toMatchObject({ code: "data_loss", reason: "DAMAGED" });
    truncateSync(join(folder, "journal-1"), 0);
    expect(refusalOf(() => openStore({ folder, now: 0 }))).toMatchObject({ code: "data_loss", reason: "DAMAGED" });
  });
});
