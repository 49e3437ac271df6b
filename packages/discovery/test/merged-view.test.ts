import type { Entry, Json, Revision, WatchEvent } from "@skylark/coordination";
import { silentLog } from "@skylark/core";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import type { DirectoryInstance } from "../src/consumer/directory-instance.js";
import { MergedView } from "../src/consumer/merged-view.js";
import { layout } from "../src/layout.js";
import { instance } from "./simulation/world.js";

const keys = layout("test");

function entry(key: string, value: unknown, write: number): Entry {
  return { key, value: value as Json, revision: String(write) as Revision, owner: undefined };
}

function instanceEntry(id: string, weight: number, write: number): Entry {
  const record = instance({ id, weight, address: `tcp://127.0.0.1:${4000 + id.charCodeAt(0)}` });
  return entry(keys.instance(record.service, record.address, id), record, write);
}

function snapshot(entries: readonly Entry[], resync = false): WatchEvent {
  return { kind: "snapshot", entries, resync };
}

function put(...entries: readonly Entry[]): WatchEvent {
  return { kind: "changes", changes: entries.map((each) => ({ kind: "put", entry: each })) };
}

function opened(...entries: readonly Entry[]): MergedView {
  const view = new MergedView(keys, silentLog);
  view.foldInstances(snapshot(entries));
  view.foldOverrides(snapshot([]));
  return view;
}

describe("a merged view", () => {
  it("keeps every instance of which nothing was told, as the same object", () => {
    const view = opened(instanceEntry("a", 1, 1), instanceEntry("b", 1, 2), instanceEntry("c", 1, 3));
    const before = view.merged();
    view.foldInstances(put(instanceEntry("b", 7, 4)));
    const after = view.merged();
    expect(after.map(({ id, weight }) => [id, weight])).toEqual([
      ["a", 1],
      ["b", 7],
      ["c", 1],
    ]);
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(after[0]).toBe(before[0]);
    expect(after[2]).toBe(before[2]);
    expect(before[1]).toMatchObject({ weight: 1 });
  });

  it("tells who came and who left, by what is true in the end", () => {
    const view = opened(instanceEntry("a", 1, 1), instanceEntry("b", 1, 2), instanceEntry("c", 1, 3));
    const [a, b] = view.merged();
    const gone = instanceEntry("a", 2, 4);
    const back = instanceEntry("b", 5, 5);
    const change = view.foldInstances({
      kind: "changes",
      changes: [
        { kind: "put", entry: gone },
        { kind: "deleted", key: gone.key },
        { kind: "deleted", key: back.key },
        { kind: "put", entry: back },
      ],
    });
    expect(change).toMatchObject({ kind: "some", left: [{ id: "a", weight: 1 }], came: [{ id: "b", weight: 5 }] });
    expect(change.kind === "some" && change.left[0]).toBe(a);
    expect(view.merged().map(({ id, weight }) => [id, weight])).toEqual([
      ["b", 5],
      ["c", 1],
    ]);
    expect(view.merged()[0]).not.toBe(b);
    expect(view.foldInstances(snapshot([]))).toEqual({ kind: "all" });
  });

  it("merges an override into its own instance alone", () => {
    const view = opened(instanceEntry("a", 1, 1), instanceEntry("b", 1, 2));
    const [a] = view.merged();
    const change = view.foldOverrides(put(entry(keys.override("grading", "b"), { weight: 3 }, 3)));
    expect(change).toMatchObject({ kind: "some", left: [], came: [{ id: "b", effective: { weight: 3 } }] });
    expect(view.merged()[0]).toBe(a);
    expect(view.merged()[1]).toMatchObject({ id: "b", effective: { weight: 3 } });
  });

  it("sorts the doubted in by key, and shows them with what was said of them last", () => {
    const view = opened(...["a", "b", "c", "d"].map((id, at) => instanceEntry(id, 1, at)));
    const known = view.merged();
    const doubted = [known[3], known[0], known[2]] as DirectoryInstance[];
    for (const id of ["a", "c", "d"]) {
      const { key } = instanceEntry(id, 1, 0);
      view.foldInstances({ kind: "changes", changes: [{ kind: "deleted", key }] });
    }
    view.foldOverrides(put(entry(keys.override("grading", "d"), { registered: false }, 9)));
    const all = view.withDoubted(doubted);
    expect(all.map(({ id, effective }) => [id, effective.registered])).toEqual([
      ["a", true],
      ["b", true],
      ["c", true],
      ["d", false],
    ]);
    expect(all[1]).toBe(known[1]);
    expect(Object.isFrozen(all)).toBe(true);
  });

  it("is after any changes what one who hears all at once would have", () => {
    const random = seededRandom(7);
    const stored = new Map<string, Entry>();
    const overrides = new Map<string, Entry>();
    const view = opened();
    for (let write = 1; write <= 150; write++) {
      const id = String.fromCharCode(97 + randomIndex(random, 12));
      const written = instanceEntry(id, write, write);
      const chance = randomIndex(random, 10);
      if (chance === 0) {
        const override = entry(keys.override("grading", id), { registered: false }, write);
        overrides.set(override.key, override);
        view.foldOverrides(put(override));
      } else if (chance === 2) {
        const key = keys.override("grading", id);
        overrides.delete(key);
        view.foldOverrides({ kind: "changes", changes: [{ kind: "deleted", key }] });
      } else if (chance === 1) {
        view.foldInstances(snapshot([...stored.values()], true));
      } else if (chance < 5) {
        stored.delete(written.key);
        view.foldInstances({ kind: "changes", changes: [{ kind: "deleted", key: written.key }] });
      } else {
        const unreadable = entry(written.key, { id }, write);
        const told = chance === 5 ? unreadable : written;
        stored.set(told.key, told);
        view.foldInstances(put(told));
      }
      const fresh = opened(...stored.values());
      fresh.foldOverrides(snapshot([...overrides.values()]));
      expect(view.merged()).toEqual(fresh.merged());
    }
  });
});
