import { rmSync } from "node:fs";
import { join } from "node:path";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { Gate } from "@skylark/testkit";
import { describe, expect, it } from "vitest";
import { type Coordination, type Json, openCoordination, type WatchEvent } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { openClient, WatchLog } from "./clients.js";

const rounds = process.env["SKYLARK_FULL"] ? 200 : 15;

/** What somebody believes who was told only these events. */
function viewOf(events: readonly WatchEvent[]): Record<string, Json> {
  const view = new Map<string, Json>();
  for (const event of events) {
    if (event.kind === "snapshot") {
      view.clear();
      for (const { key, value } of event.entries) view.set(key, value);
    } else {
      for (const change of event.changes) {
        if (change.kind === "put") view.set(change.entry.key, change.entry.value);
        else view.delete(change.key);
      }
    }
  }
  return Object.fromEntries(view);
}

async function contentOf(client: Coordination): Promise<Record<string, Json>> {
  const entries = await client.list("/w", { fresh: true });
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

describe("a watch", () => {
  it(`COORD-3.8 ends in a view that equals the store, whatever connections, hosts and stores go through (${rounds} rounds)`, async () => {
    const home = temporaryFolder();
    const random = seededRandom(5);
    let host = await openCoordination({ home, openTimeoutMs: 60_000 });
    const gate = new Gate();
    const [watcher, writer] = [await openClient({ home, transport: gate, ttlMs: 500 }), await openClient({ home })];
    const watch = new WatchLog(watcher, "/w");
    const write = async () => {
      const key = `/w/${randomIndex(random, 6)}`;
      const writing = random.next() < 0.3 ? writer.delete(key) : writer.put(key, randomIndex(random, 1000));
      await writing.catch(() => {}); // lost with its host: done or not, the view must be right
    };
    const upheavals = [
      async () => gate.cut(),
      async () => {
        const resume = gate.stall();
        for (let count = 0; count < 10; count++) await write();
        gate.cut();
        resume();
      },
      async () => {
        await host.close();
        host = await openCoordination({ home, openTimeoutMs: 60_000 });
      },
      async () => rmSync(join(home, "store-v1"), { recursive: true, force: true }),
    ];
    for (let round = 0; round < rounds; round++) {
      const writing = (async () => {
        for (let count = 0; count < 20; count++) await write();
      })();
      await upheavals[round % upheavals.length]?.();
      await writing;
      await writer.put("/w/round", round);
      await watch.until((events) => viewOf(events)["/w/round"] === round);
      expect(viewOf(watch.events)).toEqual(await contentOf(writer));
    }
    await host.close();
  }, 600_000);
});
