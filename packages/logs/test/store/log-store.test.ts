import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LogStore } from "../../src/store/log-store.js";
import { segmentPath, summaryPath } from "../../src/store/segment.js";
import { lines, opened, ownFolder, range, read, sequences, source } from "../support/kept.js";

describe("a log on the disk", () => {
  it("keeps lines as they were sent, with when they arrived, and has them after a restart", async () => {
    const folder = ownFolder();
    const store = await opened({ folder });
    const [line] = lines(1, 1, { level: "warn", request: "r1", fields: { user: 7 } });
    expect(await store.append(source, [line as never])).toEqual({ kept: 1, repeated: 0 });
    const [kept] = await read(store);
    expect(kept).toEqual({ ...source, ...line, received: expect.stringMatching(/^\d{4}-.*Z$/) });
    await store.close();
    expect(await read(await opened({ folder }))).toEqual([kept]);
  });

  it("keeps what is sent twice once, in whatever portions it comes again", async () => {
    const store = await opened();
    expect(await store.append(source, lines(1, 10))).toEqual({ kept: 10, repeated: 0 });
    expect(await store.append(source, lines(1, 10))).toEqual({ kept: 0, repeated: 10 });
    expect(await store.append(source, lines(8, 12))).toEqual({ kept: 2, repeated: 3 });
    expect(await store.append({ ...source, instance: "another" }, lines(1, 2))).toEqual({ kept: 2, repeated: 0 });
    expect(await sequences(store, { instance: source.instance })).toEqual(range(1, 12));
  });

  it("keeps a batch once that comes again while it is being written", async () => {
    const store = await opened();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => store.append(source, lines(1, 100))));
    expect(outcomes.map(({ kept }) => kept)).toEqual([100, 0, 0, 0, 0]);
    expect(await sequences(store)).toEqual(range(1, 100));
    const together = await Promise.all([
      store.append(source, lines(101, 101)), // while this is written, the others wait to be written together
      store.append(source, lines(102, 110)),
      store.append(source, lines(102, 112)),
    ]);
    expect(together.map(({ kept }) => kept)).toEqual([1, 9, 2]);
    expect(await sequences(store)).toEqual(range(1, 112));
  });

  it("knows what was sent before its restart, from full segments with and without their summaries", async () => {
    const folder = ownFolder();
    const rotation = { segmentBytesMax: 2000 };
    const first = await opened({ folder, rotation });
    for (let at = 0; at < 10; at++) {
      await first.append({ origin: "o", instance: `i${at}` }, lines(1, 10));
    }
    await first.close();
    for (const round of ["with", "without"]) {
      const store = await opened({ folder, rotation });
      for (let at = 0; at < 10; at++) {
        expect(await store.append({ origin: "o", instance: `i${at}` }, lines(1, 10)), round).toEqual({
          kept: 0,
          repeated: 10,
        });
      }
      expect(await sequences(store)).toHaveLength(100);
      await store.close();
      for (const { firstOrdinal } of segmentNames(folder)) {
        const path = summaryPath(segmentPath(folder, firstOrdinal));
        if (existsSync(path)) rmSync(path);
      }
    }
  });

  it("takes lines with sequences of any kind, and keeps of each instance those that rise", async () => {
    const store = await opened();
    const sent = [5, 3, 5, 6, 6, 1, 9, 8].flatMap((sequence) => lines(sequence, sequence));
    expect(await store.append(source, sent)).toEqual({ kept: 3, repeated: 5 });
    expect(await sequences(store)).toEqual([5, 6, 9]);
    expect(await store.append(source, lines(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))).toMatchObject({
      kept: 1,
    });
    expect(await store.append(source, lines(10, 20))).toEqual({ kept: 0, repeated: 11 }); // harms nobody but itself
    expect(await store.append({ ...source, instance: "another" }, lines(10, 20))).toMatchObject({ kept: 11 });
  });

  it("begins a new segment when one is full, and deletes the oldest when there are too many", async () => {
    const folder = ownFolder();
    const store = await opened({ folder, rotation: { segmentBytesMax: 5000, segmentsMax: 3 } });
    for (let first = 1; first <= 1000; first += 10) await store.append(source, lines(first, first + 9));
    const kept = await sequences(store);
    expect(kept).toEqual(range(1001 - kept.length, 1000));
    expect(store.segments.list).toHaveLength(3);
    const files = readdirSync(folder).toSorted();
    expect(files.filter((name) => name.endsWith(".ndjson"))).toHaveLength(3);
    expect(files.filter((name) => name.endsWith(".summary.json"))).toHaveLength(2);
    expect(store.segments.end).toBe(1000);
    await store.close();
    const again = await opened({ folder, rotation: { segmentBytesMax: 5000, segmentsMax: 3 } });
    expect(await sequences(again)).toEqual(kept);
    expect(again.segments.end).toBe(1000);
  });

  it("refuses a second owner by name, and takes over at once when the first has gone", async () => {
    const folder = ownFolder();
    const store = await opened({ folder });
    const refused = LogStore.open({ folder });
    await expect(refused).rejects.toMatchObject({
      code: "failed_precondition",
      message: `process ${process.pid} keeps its log in ${folder} already: end it, or give this one a folder of its own`,
    });
    await store.close();
    await opened({ folder });
  });

  it("says why a folder cannot be used, and a rotation that makes no sense", async () => {
    await expect(LogStore.open({ folder: "/proc/version/logs" })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/^no log can be kept in \/proc\/version\/logs: ENOTDIR/),
    });
    const folder = ownFolder();
    await expect(LogStore.open({ folder, rotation: { segmentsMax: 1 } })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(LogStore.open({ folder, rotation: { segmentBytesMax: 0.5 } })).rejects.toMatchObject({
      message: "rotation.segmentBytesMax is 0.5: a whole number from 1 on",
    });
    await opened({ folder }); // a refusal leaves no lock behind
  });

  it("says that it may not write in a folder", async () => {
    const folder = join(ownFolder(), "closed");
    mkdirSync(folder, { mode: 0o500 });
    const isRoot = process.getuid?.() === 0; // who may write anywhere but into the kernel's own tree
    await expect(LogStore.open({ folder: isRoot ? "/sys/skylark-logs" : folder })).rejects.toMatchObject({
      code: "permission_denied",
      message: expect.stringMatching(/^no log can be kept in .*: E(ACCES|PERM|ROFS)/),
    });
  });

  it("takes a million tiny lines, and has them all", async () => {
    const store = await opened();
    const perBatch = 2000;
    for (let first = 1; first <= 1_000_000; first += perBatch) {
      await store.append(source, lines(first, first + perBatch - 1, { message: "" }));
    }
    expect(store.segments.end).toBe(1_000_000);
    const last = await read(store, { last: 1 });
    expect(last.map(({ sequence }) => sequence)).toEqual([1_000_000]);
  }, 60_000);

  it("refuses more than the disk takes, before it costs memory", async () => {
    const store = await opened();
    const heavy = lines(1, 100, { message: "x".repeat(16_000) });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, at) => store.append({ origin: "o", instance: `i${at}` }, heavy)),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ code: "resource_exhausted", notExecuted: true });
    expect(store.segments.end).toBe((40 - refused.length) * 100);
    expect(await store.append({ origin: "o", instance: "late" }, heavy)).toMatchObject({ kept: 100 });
  });

  it("takes nothing once it is closed", async () => {
    const store = await opened();
    const last = store.append(source, lines(1, 5));
    await store.close();
    expect(await last).toEqual({ kept: 5, repeated: 0 });
    await expect(store.append(source, lines(6, 6))).rejects.toMatchObject({ code: "unavailable", notExecuted: true });
    await store.close();
  });
});

function segmentNames(folder: string): { firstOrdinal: number }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ndjson"))
    .map((name) => ({ firstOrdinal: Number(/\d+/.exec(name)?.[0]), path: join(folder, name) }));
}
