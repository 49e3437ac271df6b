import {
  appendFileSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lines, opened, ownFolder, pagesOf, range, recordedLog, sequences, source } from "../support/kept.js";

const rotation = { segmentBytesMax: 3000 };

/** A log of 60 lines in several segments, closed. */
async function closedLog(): Promise<{ folder: string; segments: string[] }> {
  const folder = ownFolder();
  const store = await opened({ folder, rotation });
  for (let first = 1; first <= 60; first += 5) await store.append(source, lines(first, first + 4));
  await store.close();
  const names = readdirSync(folder).filter((name) => name.endsWith(".ndjson"));
  expect(names.length).toBeGreaterThan(2);
  return { folder, segments: names.toSorted().map((name) => join(folder, name)) };
}

describe("a log that was damaged", () => {
  it("cuts off a last line that was never whole, says so, and goes on behind the last whole one", async () => {
    const { folder, segments } = await closedLog();
    const newest = segments.at(-1) as string;
    const { size } = statSync(newest);
    const torn = '{"time":"2027-01-15T08:00:00.061Z","received":"2027';
    appendFileSync(newest, torn);
    const { log, said } = recordedLog();
    const store = await opened({ folder, rotation, log });
    expect(said).toEqual([
      {
        level: "warn",
        message: `${newest} ends with ${torn.length} bytes of a line that was never whole; they are cut off`,
      },
    ]);
    expect(statSync(newest).size).toBe(size);
    expect(await store.append(source, lines(56, 65))).toEqual({ kept: 5, repeated: 5 });
    expect(await sequences(store)).toEqual(range(1, 65));
  });

  it("passes over garbage in the middle, and tells how much, at the start and to readers", async () => {
    const { folder, segments } = await closedLog();
    const damaged = segments[1] as string;
    const text = readFileSync(damaged, "utf8");
    const at = text.indexOf("\n") + 20;
    const fd = openSync(damaged, "r+");
    writeSync(fd, Buffer.alloc(40, 0xff), 0, 40, at);
    const before = Number(/"sequence":(\d+)/.exec(text)?.[1]);
    const store = await opened({ folder, rotation });
    expect(await sequences(store)).toEqual(range(1, 60).filter((sequence) => sequence !== before + 1));
    const pages = await pagesOf(store);
    expect(pages.reduce((sum, { unreadable }) => sum + unreadable, 0)).toBe(1);
    expect(pages.at(-1)?.position).toBe(60); // a damaged line keeps its place
    await store.close();
    const { log, said } = recordedLog();
    writeFileSync(damaged.replace(".ndjson", ".summary.json"), "{ no json");
    await opened({ folder, rotation, log });
    expect(said).toEqual([{ level: "warn", message: `${damaged} holds 1 unreadable lines; they are passed over` }]);
  });

  it("has all lines around one that is as long as nobody writes, without reading it into memory", async () => {
    const { folder, segments } = await closedLog();
    const newest = segments.at(-1) as string;
    for (let piece = 0; piece < 20; piece++) appendFileSync(newest, Buffer.alloc(1024 * 1024, 0x20));
    appendFileSync(newest, "\n");
    const store = await opened({ folder, rotation });
    await store.append(source, lines(61, 62));
    expect(await sequences(store)).toEqual(range(1, 62));
    expect(await sequences(store, { order: "newest", limit: 3 })).toEqual([62, 61, 60]);
  });

  it("has the others where a segment is gone, and tells how many lines are missing", async () => {
    const { folder, segments } = await closedLog();
    const gone = readFileSync(segments[1] as string, "utf8")
      .trim()
      .split("\n").length;
    rmSync(segments[1] as string);
    const store = await opened({ folder, rotation });
    const pages = await pagesOf(store);
    expect(pages.reduce((sum, { missed }) => sum + missed, 0)).toBe(gone);
    expect(pages.flatMap((page) => page.lines)).toHaveLength(60 - gone);
    expect(store.segments.end).toBe(60);
  });

  it("reads a summary only where it fits what lies there", async () => {
    const { folder, segments } = await closedLog();
    const summary = (segments[0] as string).replace(".ndjson", ".summary.json");
    const whole = readFileSync(summary, "utf8");
    for (const other of ["", "null", '{"version":2}', whole.replace(/"bytes":\d+/, '"bytes":7'), whole.slice(0, -9)]) {
      writeFileSync(summary, other);
      const store = await opened({ folder, rotation });
      expect(await sequences(store), other).toEqual(range(1, 60));
      await store.close();
    }
  });

  it("leaves files alone that are not its own", async () => {
    const { folder } = await closedLog();
    for (const name of ["notes.txt", "lines-7.ndjson", "lines-abc.ndjson"]) writeFileSync(join(folder, name), "mine");
    const store = await opened({ folder, rotation });
    expect(await sequences(store)).toEqual(range(1, 60));
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
  });
});
