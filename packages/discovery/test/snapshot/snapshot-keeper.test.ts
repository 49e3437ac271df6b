import { type Deferred, deferred, ManualClock } from "@skylark/core/internal";
import { beforeEach, describe, expect, it } from "vitest";
import { mergedInstance } from "../../src/consumer/directory-instance.js";
import { type Directory, SnapshotKeeper } from "../../src/internal.js";
import { snapshotPace } from "../../src/snapshot/snapshot-keeper.js";
import { instance } from "../simulation/world.js";

const { writeEveryMs, confirmEveryMs } = snapshotPace;

let clock: ManualClock;
let directory: Directory;
let keeper: SnapshotKeeper;
let written: string[];
let slow: Deferred<boolean> | undefined;

beforeEach(() => {
  clock = new ManualClock();
  written = [];
  slow = undefined;
  const write = (_service: string, body: string): Promise<boolean> => {
    written.push((JSON.parse(body) as { record: { id: string } }[]).map(({ record }) => record.id).join());
    return slow?.promise ?? Promise.resolve(true);
  };
  keeper = new SnapshotKeeper({ write }, "grading", () => directory, clock);
});

function know(...ids: readonly string[]): void {
  const instances = ids.map((id) => mergedInstance(instance({ id }), undefined));
  directory = { instances, complete: true, inTouch: true } as unknown as Directory;
  keeper.changed();
}

/** What was begun has ended. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

describe("who writes a directory down", () => {
  it("writes at once, then at most every second, and always the newest in the end", async () => {
    know("a");
    await settled();
    for (let change = 0; change < 50; change++) {
      know("a", `b${change}`);
      await pass(10);
    }
    expect(written).toEqual(["a"]);
    await pass(writeEveryMs);
    expect(written).toEqual(["a", "a,b49"]);
    await pass(10 * writeEveryMs);
    expect(written).toHaveLength(2);
  });

  it("writes nothing where nothing has changed, but confirms it every hour while the store is in touch", async () => {
    know("a");
    await settled();
    for (let time = 0; time < 5; time++) {
      know("a");
      await pass(2 * writeEveryMs);
    }
    expect(written).toEqual(["a"]);
    await pass(confirmEveryMs);
    expect(written).toEqual(["a", "a"]);
    directory = { ...directory, inTouch: false };
    await pass(confirmEveryMs);
    expect(written).toHaveLength(2);
  });

  it("writes down nobody's word but the store's", async () => {
    directory = { instances: [mergedInstance(instance(), undefined)], complete: false } as unknown as Directory;
    keeper.changed();
    await pass(2 * writeEveryMs);
    expect(written).toEqual([]);
  });

  it("begins no write while one is under way, and writes what changed meanwhile", async () => {
    slow = deferred();
    know("a");
    know("b");
    await pass(5 * writeEveryMs);
    expect(written).toEqual(["a"]);
    slow.resolve(false);
    await settled();
    slow = undefined;
    await pass(writeEveryMs);
    expect(written).toEqual(["a", "b"]);
  });

  it("tries again what has failed when it is told of it next", async () => {
    slow = deferred();
    slow.resolve(false);
    know("a");
    await pass(writeEveryMs);
    know("a");
    await pass(writeEveryMs);
    expect(written).toEqual(["a", "a"]);
  });

  it("writes what waits before it is closed, and nothing afterwards", async () => {
    know("a");
    await settled();
    know("b");
    await keeper.close();
    know("c");
    await pass(2 * confirmEveryMs);
    expect(written).toEqual(["a", "b"]);
  });
});
