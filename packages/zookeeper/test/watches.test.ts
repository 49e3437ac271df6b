import { startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openZooKeeper, type WatchNotice, type ZooKeeper } from "../src/index.js";
import { failureOf } from "./support/until.js";

// watches on a real server; `writer` changes what `reader` watches

let ensemble: ZooKeeperEnsemble;
let writer: ZooKeeper;
let reader: ZooKeeper;

beforeAll(async () => {
  ensemble = await startZooKeeper();
  writer = await openZooKeeper(ensemble.connectString, { sessionTimeoutMs: 60_000, requestTimeoutMs: 60_000 });
  reader = await openZooKeeper(ensemble.connectString, { sessionTimeoutMs: 60_000, requestTimeoutMs: 60_000 });
}, 120_000);

afterAll(async () => {
  await reader?.close();
  await writer?.close();
  await ensemble?.close();
}, 60_000);

function notices(): { told: string[]; listener: (notice: WatchNotice) => void } {
  const told: string[] = [];
  return { told, listener: (notice) => told.push("path" in notice ? `${notice.kind} ${notice.path}` : notice.kind) };
}

/** What the reader is told of until now has been told: an answer comes after every event before it. */
async function settled(): Promise<void> {
  await reader.sync();
}

describe("a watch that fires once", () => {
  it("COORD-11.1 tells of the next write, and of none after it", async () => {
    const { told, listener } = notices();
    await writer.create("/once", "0");
    await reader.getData("/once", { watch: listener });
    await writer.setData("/once", "1");
    await writer.setData("/once", "2");
    await settled();
    expect(told).toEqual(["dataChanged /once"]);
  });

  it("waits for a node that is not there yet, and not where the read failed", async () => {
    const { told, listener } = notices();
    expect(await reader.exists("/later", { watch: listener })).toBeUndefined();
    await failureOf(reader.getData("/later", { watch: () => told.push("never") }));
    await writer.create("/later");
    await settled();
    expect(told).toEqual(["created /later"]);
  });

  it("tells of children, and of the end", async () => {
    const { told, listener } = notices();
    await writer.create("/parent");
    await reader.getChildren("/parent", { watch: listener });
    await writer.create("/parent/a");
    await settled();
    expect(told).toEqual(["childrenChanged /parent"]);
    await writer.delete("/parent/a");
    await reader.getChildren("/parent", { watch: listener });
    await reader.exists("/parent", { watch: listener });
    await writer.delete("/parent");
    await settled();
    expect(told).toEqual(["childrenChanged /parent", "deleted /parent"]);
  });

  it("has fired before the answer that shows a later state", async () => {
    const { told, listener } = notices();
    await writer.create("/order", "0");
    for (let round = 1; round <= 50; round += 1) {
      await reader.getData("/order", { watch: listener });
      await writer.setData("/order", String(round));
      const { data } = await reader.getData("/order");
      if (data.toString() === String(round)) expect(told).toHaveLength(round);
      await settled();
    }
    expect(told).toHaveLength(50);
  });
});

describe("a persistent watch", () => {
  it("COORD-11.1 tells of every change of its node", async () => {
    const { told, listener } = notices();
    const watch = await reader.watch("/lasting", listener);
    await writer.create("/lasting", "0");
    await writer.setData("/lasting", "1");
    await writer.create("/lasting/a");
    await writer.setData("/lasting/a", "not told");
    await writer.delete("/lasting/a");
    await writer.delete("/lasting");
    await settled();
    const changes = ["created", "dataChanged", "childrenChanged", "childrenChanged", "deleted"];
    expect(told).toEqual(changes.map((kind) => `${kind} /lasting`));
    await watch.close();
    await writer.create("/lasting");
    await settled();
    expect(told).toHaveLength(5);
  });

  it("COORD-11.1 that is recursive tells of everything below", async () => {
    const { told, listener } = notices();
    const watch = await reader.watch("/tree", listener, { recursive: true });
    await writer.multi([
      { kind: "create", path: "/tree" },
      { kind: "create", path: "/tree/a" },
      { kind: "create", path: "/tree/a/b", data: "0" },
      { kind: "setData", path: "/tree/a/b", data: "1" },
    ]);
    await writer.create("/treetop");
    await settled();
    expect(told).toEqual(["created /tree", "created /tree/a", "created /tree/a/b", "dataChanged /tree/a/b"]);
    await watch.close();
  });

  it("with a chroot tells paths as its client knows them", async () => {
    await writer.create("/chroot");
    await using inside = await openZooKeeper(`${ensemble.connectString}/chroot`);
    const { told, listener } = notices();
    await inside.watch("/", listener, { recursive: true });
    await inside.exists("/a", { watch: listener });
    await writer.create("/chroot/a");
    await writer.setData("/chroot", "x");
    await inside.sync();
    expect(told).toEqual(["created /a", "created /a", "dataChanged /"]);
  });

  it("is left at the server for as long as anybody else wants one there", async () => {
    const [one, two] = [notices(), notices()];
    await writer.create("/shared");
    const first = await reader.watch("/shared", one.listener);
    await reader.watch("/shared", two.listener);
    await first.close();
    await writer.setData("/shared", "1");
    await settled();
    expect([one.told, two.told]).toEqual([[], ["dataChanged /shared"]]);
    await reader.removeWatches("/shared");
    await writer.setData("/shared", "2");
    await settled();
    expect(two.told).toHaveLength(1);
    expect(await failureOf(reader.removeWatches("/shared"))).toMatchObject({ code: "not_found" });
  });

  it("closed while another is being set takes nothing from that one", async () => {
    const { told, listener } = notices();
    await writer.create("/race");
    const first = await reader.watch("/race", () => {});
    const data = reader.getData("/race", { watch: listener });
    await Promise.all([first.close(), data]);
    await writer.setData("/race", "1");
    await settled();
    expect(told).toEqual(["dataChanged /race"]);
  });
});
