import { describe, expect, it } from "vitest";
import type { LogPage, LogQuery } from "../../src/search/query.js";
import { readPages } from "../../src/search/read-pages.js";
import type { LogStore } from "../../src/store/log-store.js";
import { lines, opened, ownFolder, range, source } from "../support/kept.js";

/** A follower of a store; ended by its test, or with the store. */
function followed(store: LogStore, query: LogQuery = {}): AsyncGenerator<LogPage, void> {
  return readPages(store.segments, { ...query, follow: true }, store.closing);
}

/** The sequences of the next page. */
async function next(pages: AsyncGenerator<LogPage, void>): Promise<number[]> {
  const { value } = (await pages.next()) as { value: LogPage };
  return value.lines.map(({ sequence }) => sequence);
}

describe("a follower", () => {
  it("gets the newest of the past, then is told that it has caught up, then gets what is new as it comes", async () => {
    const store = await opened();
    await store.append(source, lines(1, 10));
    const pages = followed(store, { last: 3 });
    expect((await pages.next()).value).toMatchObject({
      lines: [{ sequence: 8 }, { sequence: 9 }, { sequence: 10 }],
      caughtUp: true,
      position: 10,
    });
    const soon = next(pages);
    await store.append(source, lines(11, 11));
    expect(await soon).toEqual([11]);
    await store.append(source, lines(12, 13));
    expect(await next(pages)).toEqual([12, 13]);
    await pages.return(undefined);
  });

  it("is told that it has caught up where there is no past", async () => {
    const store = await opened();
    const pages = followed(store, { last: 0 });
    expect((await pages.next()).value).toEqual({ lines: [], position: 0, missed: 0, unreadable: 0, caughtUp: true });
    await store.append(source, lines(1, 2));
    expect(await next(pages)).toEqual([1, 2]);
    await pages.return(undefined);
  });

  it("gets what fits, and is not woken for the rest", async () => {
    const store = await opened();
    const pages = followed(store, { level: "warn", last: 0 });
    await pages.next();
    const soon = next(pages);
    await store.append(source, lines(1, 3));
    await store.append(source, lines(4, 4, { level: "error" }));
    expect(await soon).toEqual([4]);
    await pages.return(undefined);
  });

  it("that is slow loses nothing that is still kept", async () => {
    const store = await opened({ rotation: { segmentBytesMax: 2000 } });
    const pages = followed(store);
    await pages.next();
    for (let at = 1; at <= 500; at++) await store.append(source, lines(at, at));
    expect(await next(pages)).toEqual(range(1, 500));
    await pages.return(undefined);
  });

  it("that is too slow is told how many lines it missed, and costs no memory", async () => {
    const store = await opened({ rotation: { segmentBytesMax: 2000, segmentsMax: 2 } });
    const pages = followed(store);
    await pages.next();
    for (let at = 1; at <= 500; at++) await store.append(source, lines(at, at));
    const { value } = (await pages.next()) as { value: LogPage };
    const seen = value.lines.map(({ sequence }) => sequence);
    expect(value.missed).toBeGreaterThan(400);
    expect(seen).toEqual(range(value.missed + 1, 500));
    await pages.return(undefined);
  });

  it("goes on over a restart without a gap and without seeing a line twice", async () => {
    const folder = ownFolder();
    const store = await opened({ folder, rotation: { segmentBytesMax: 2000 } });
    await store.append(source, lines(1, 20));
    const pages = followed(store, { last: 5 });
    const { value } = (await pages.next()) as { value: LogPage };
    const over = pages.next();
    await Promise.all([store.close(), expect(over).rejects.toMatchObject({ code: "unavailable" })]);
    const again = await opened({ folder, rotation: { segmentBytesMax: 2000 } });
    await again.append(source, lines(15, 30));
    const resumed = followed(again, { from: value.position });
    expect(await next(resumed)).toEqual(range(21, 30));
    await resumed.return(undefined);
  });

  it("ends after as many lines as it asked for", async () => {
    const store = await opened();
    const pages = followed(store, { limit: 3 });
    await pages.next();
    await store.append(source, lines(1, 10));
    expect(await next(pages)).toEqual([1, 2, 3]);
    expect((await pages.next()).done).toBe(true);
  });

  it("among many sees each line once while they write", async () => {
    const store = await opened({ rotation: { segmentBytesMax: 4000 } });
    const followers = range(1, 5).map(async () => {
      const seen: number[] = [];
      for await (const page of followed(store)) {
        seen.push(...page.lines.map(({ sequence }) => sequence));
        if (seen.length === 300) break;
      }
      return seen;
    });
    for (let at = 1; at <= 300; at++) await store.append(source, lines(at, at));
    for (const seen of await Promise.all(followers)) expect(seen).toEqual(range(1, 300));
  });
});
