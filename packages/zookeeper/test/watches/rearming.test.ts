import { describe, expect, it } from "vitest";
import { isPlain, rearmingRequests } from "../../src/watches/rearming.js";
import { lastingKinds, oneShotKinds, WatchTable } from "../../src/watches/watch-table.js";

const all = [...oneShotKinds, ...lastingKinds];

describe("re-arming", () => {
  it("of nothing asks nothing", () => {
    expect(rearmingRequests(new WatchTable(), all, 9n)).toEqual([]);
  });

  it("puts every path on the list of its kind", () => {
    const table = new WatchTable<string>();
    for (const kind of all) table.add(kind, `/${kind}`, "listener");
    const requests = rearmingRequests(table, all, 9n);
    expect(requests).toEqual([
      {
        relativeZxid: 9n,
        data: ["/data"],
        exist: ["/exist"],
        children: ["/children"],
        persistent: ["/persistent"],
        persistentRecursive: ["/recursive"],
      },
    ]);
    expect(requests.every(isPlain)).toBe(false);
    expect(rearmingRequests(table, oneShotKinds, 9n).every(isPlain)).toBe(true);
  });

  it("stays below a size with every packet, and forgets no path", () => {
    const table = new WatchTable<string>();
    const paths = Array.from(
      { length: 5000 },
      (_, index) => `/services/grading/instance-${index}-${"ä".repeat(index % 40)}`,
    );
    paths.forEach((path, index) => table.add(all[index % all.length] as (typeof all)[number], path, "listener"));
    const requests = rearmingRequests(table, all, 1n, 10_000);
    expect(requests.length).toBeGreaterThan(20);
    const sent: string[] = [];
    for (const { data, exist, children, persistent, persistentRecursive } of requests) {
      const batch = [...data, ...exist, ...children, ...persistent, ...persistentRecursive];
      expect(batch.reduce((sum, path) => sum + 4 + Buffer.byteLength(path), 0)).toBeLessThanOrEqual(10_000);
      sent.push(...batch);
    }
    expect(sent.toSorted()).toEqual(paths.toSorted());
  });

  it("sends a path that is larger than the size all the same", () => {
    const table = new WatchTable<string>();
    table.add("data", `/${"x".repeat(100)}`, "listener");
    table.add("data", "/y", "listener");
    expect(rearmingRequests(table, all, 1n, 50)).toHaveLength(2);
  });
});
