import type { Json } from "@skylark/coordination";
import { silentLog } from "@skylark/core";
import { systemClock } from "@skylark/core/internal";
import { DirectoryWatch } from "@skylark/discovery/internal";
import { machineNow } from "../child.js";
import { type EngineName, openEngine } from "../engines/engine.js";
import { cluster, instanceKey, instanceRecord, instancesParent, service } from "../engines/instances.js";
import { openRawStore } from "../engines/raw-store.js";
import type { ConsumerAnswer, Memory, Taker } from "./consumer.js";

/** A consumer of a service with very many instances: `<engine> <address> <taker> <instances>`. Its first instance changes. */
const [name, address, taker, count] = process.argv.slice(2) as [EngineName, string, Taker, string];
const probe = instanceRecord(0, "0");

/** What was taken in, held as whoever uses it would. */
interface Taken {
  readonly instances: number;
}

function answer(message: ConsumerAnswer): void {
  process.send?.(message);
}

function memory(): Memory {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, heapBytes: heapUsed };
}

async function openDirectory(): Promise<() => Promise<Taken>> {
  const store = await openEngine({ name, address });
  return () =>
    new Promise((full) => {
      let nonce = probe.nonce;
      const options = { clock: systemClock, log: silentLog };
      const watch = new DirectoryWatch(
        store,
        cluster,
        service,
        ({ instances }) => {
          const seen = instances.find(({ id }) => id === probe.id)?.nonce ?? nonce;
          if (seen !== nonce) answer({ kind: "seen", at: machineNow() });
          nonce = seen;
          if (instances.length >= Number(count)) full({ instances: watch.directory.instances.length });
        },
        options,
      );
    });
}

async function openRaw(): Promise<() => Promise<Taken>> {
  const store = await openRawStore({ name, address });
  const held = new Map<string, Json | undefined>();
  return async () => {
    await store.watch(instancesParent, (key, value) => {
      held.set(key, value);
      if (key === instanceKey(probe)) answer({ kind: "seen", at: machineNow() });
    });
    for (const [index, text] of (await store.readBelow(instancesParent)).entries()) held.set(String(index), text);
    return { instances: held.size };
  };
}

process.on("disconnect", () => process.exit());
const startedAt = machineNow();
const takeIn = await (taker === "directory" ? openDirectory() : openRaw());
const openedMs = machineNow() - startedAt;
const before = memory();
const beganAt = machineNow();
const { instances } = await takeIn();
const fullMs = machineNow() - beganAt;
if (instances !== Number(count)) throw new Error(`${instances} instances were found where ${count} are`);
answer({ kind: "ready", openedMs, fullMs, before, after: memory() });
