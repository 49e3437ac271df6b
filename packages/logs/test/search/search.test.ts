import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levelRanks, lineLevels } from "../../src/line/level.js";
import type { LogLine } from "../../src/line/line.js";
import type { LogQuery } from "../../src/search/query.js";
import { readPages } from "../../src/search/read-pages.js";
import type { LogStore } from "../../src/store/log-store.js";
import { lines, opened, pagesOf, range, read, sequences, source } from "../support/kept.js";

const minute = (at: number): string => new Date(1_800_000_000_000 + at * 60_000).toISOString();

/** What a search must find, said plainly. */
function expected(all: readonly LogLine[], query: LogQuery): LogLine[] {
  const { since, until, level, origin, instance, request, text, order, limit, last } = query;
  const wanted = text?.toLowerCase();
  let found = all.filter(
    (line) =>
      (since === undefined || line.time >= since) &&
      (until === undefined || line.time < until) &&
      (level === undefined || levelRanks[line.level] >= levelRanks[level]) &&
      (origin === undefined || line.origin === origin) &&
      (instance === undefined || line.instance.startsWith(instance)) &&
      (request === undefined || line.request === request) &&
      (wanted === undefined ||
        line.message.toLowerCase().includes(wanted) ||
        (line.fields !== undefined &&
          JSON.stringify(line.fields).toLowerCase().includes(JSON.stringify(wanted).slice(1, -1)))),
  );
  if (order === "newest") found.reverse();
  if (last !== undefined)
    found = order === "newest" ? found.slice(0, last) : found.slice(Math.max(0, found.length - last));
  return found.slice(0, limit);
}

const names = fc.constantFrom("grading", "portal", 'qu"ote', "é");
const anySent = fc.record(
  {
    origin: names,
    instance: fc.constantFrom("aa-1", "aa-2", "b"),
    minutes: fc.nat(20),
    level: fc.constantFrom(...lineLevels),
    message: fc.constantFrom("Timeout of a call", "timeout", 'all ÉLAN \\ "quoted"', "x\ny\u001b[1m", "", "élan"),
    request: fc.constantFrom("r1", "r2", 'r"3'),
    fields: fc.constantFrom({ user: "Timeout" }, { nested: { text: "x\ny" } }, { élan: 1 }),
  },
  { requiredKeys: ["origin", "instance", "minutes", "level", "message"] },
);
const anyQuery: fc.Arbitrary<LogQuery> = fc.record(
  {
    since: fc.nat(20).map(minute),
    until: fc.nat(20).map(minute),
    level: fc.constantFrom(...lineLevels),
    origin: names,
    instance: fc.constantFrom("a", "aa-1", "b", "c"),
    request: fc.constantFrom("r1", 'r"3'),
    text: fc.constantFrom("timeout", "OF A", "élan", "\\", '"', "x\ny", "\u001b", "é"),
    order: fc.constantFrom("oldest" as const, "newest" as const),
    limit: fc.nat(30),
    last: fc.nat(30),
  },
  { requiredKeys: [] },
);

async function filled(
  store: LogStore,
  sent: readonly (typeof anySent extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<void> {
  for (const [at, { origin, instance, minutes, ...line }] of sent.entries()) {
    await store.append({ origin, instance }, [{ ...line, time: minute(minutes), sequence: at + 1 }]);
  }
}

describe("a search", () => {
  it("finds what the filter names and nothing else, in order, whichever way it reads and however lines lie in segments", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anySent, { maxLength: 60 }),
        fc.array(anyQuery, { minLength: 5, maxLength: 10 }),
        fc.integer({ min: 300, max: 5000 }),
        async (sent, queries, segmentBytesMax) => {
          const store = await opened({ rotation: { segmentBytesMax } });
          await filled(store, sent);
          const all = await read(store);
          expect(all).toHaveLength(sent.length);
          for (const query of queries)
            expect(await read(store, query), JSON.stringify(query)).toEqual(expected(all, query));
          await store.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("goes on where a page ended", async () => {
    const store = await opened({ rotation: { segmentBytesMax: 20_000 } });
    for (let first = 1; first <= 3000; first += 100) await store.append(source, lines(first, first + 99));
    const [first] = await pagesOf(store, { limit: 1234 });
    expect(first?.position).toBe(500);
    const pages = await pagesOf(store, { limit: 1234 });
    const seen = pages.flatMap((page) => page.lines.map(({ sequence }) => sequence));
    expect(seen).toEqual(range(1, 1234));
    expect(await sequences(store, { from: pages.at(-1)?.position })).toEqual(range(1235, 3000));
    expect(await sequences(store, { from: 3000 })).toEqual([]);
    expect(await sequences(store, { from: 1000, last: 5 })).toEqual(range(2996, 3000));
  });

  it("begins with the oldest line where the position is that of another log", async () => {
    const store = await opened();
    await store.append(source, lines(1, 3));
    expect(await sequences(store, { from: 4 })).toEqual([1, 2, 3]);
  });

  it("reads no further ahead than its reader takes", async () => {
    const store = await opened();
    for (let first = 1; first <= 20_000; first += 1000) await store.append(source, lines(first, first + 999));
    const pages = readPages(store.segments, {}, store.closing);
    expect((await pages.next()).value?.lines).toHaveLength(500);
    await store.append(source, lines(20_001, 20_001));
    let count = 500;
    for await (const page of pages) count += page.lines.length;
    expect(count).toBe(20_000); // what comes while it reads is none of its business
  });

  it("ends early where its reader has enough", async () => {
    const store = await opened();
    await store.append(source, lines(1, 1500));
    for await (const page of readPages(store.segments, {}, store.closing)) {
      expect(page.lines).toHaveLength(500);
      break;
    }
  });

  it("that did not come to its end before the log closed fails: half of it must not pass for all", async () => {
    const store = await opened();
    for (let first = 1; first <= 20_000; first += 1000) await store.append(source, lines(first, first + 999));
    const closing = async (query: LogQuery): Promise<void> => {
      for await (const page of readPages(store.segments, query, store.closing))
        if (page.lines.length > 0) await store.close();
    };
    await expect(closing({})).rejects.toMatchObject({ code: "unavailable", message: "the log is closing" });
    await expect(closing({ order: "newest" })).rejects.toMatchObject({ code: "unavailable" });
    await expect(closing({ last: 5 })).rejects.toMatchObject({ code: "unavailable" });
  });
});
