import { silentLog } from "@skylark/core";
import { systemClock } from "@skylark/core/internal";
import { DirectoryWatch } from "@skylark/discovery/internal";
import { cpuMicros, machineNow } from "../child.js";
import { type EngineName, openEngine } from "../engines/engine.js";
import { cluster, instanceRecord, service } from "../engines/instances.js";
import { openRawStore } from "../engines/raw-store.js";
import { probe, type Side, type WatchersAnswer, type WatchersRequest } from "./watched.js";

/** Many sessions in one process, half of them with a directory, half with a raw watch: `<engine> <address> <sessions of each>`. */
const [name, address, count] = process.argv.slice(2) as [EngineName, string, string];
const sessions = Number(count);
const { id: probeId } = instanceRecord(probe.index, "");

function answer(message: WatchersAnswer): void {
  process.send?.(message);
}

/** Counts the watchers that one change has reached. The next change comes only when all of them have it. */
class Tally {
  readonly #side: Side;
  #held = 0;
  #noticed = 0;
  #noticedAt = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  noticed(): void {
    if (++this.#noticed === sessions) this.#noticedAt = machineNow();
  }

  held(): void {
    if (++this.#held < sessions) return;
    const heldAt = machineNow();
    answer({ kind: "reached", side: this.#side, heldAt, noticedAt: this.#noticedAt || heldAt });
    this.#held = this.#noticed = this.#noticedAt = 0;
  }
}

async function openDirectory(tally: Tally): Promise<void> {
  const store = await openEngine({ name, address });
  let known: string | undefined;
  await new Promise<void>((complete) => {
    const heard = (nonce: string | undefined): void => {
      if (nonce === known) return;
      known = nonce;
      tally.held();
    };
    const options = { clock: systemClock, log: silentLog };
    void new DirectoryWatch(
      store,
      cluster,
      service,
      ({ instances }) => {
        complete();
        const last = instances.at(-1); // sorted by key, and the probe has the highest: one look, as on the raw side
        heard(last?.id === probeId ? last.nonce : undefined);
      },
      options,
    );
  });
}

async function openRawWatch(tally: Tally): Promise<void> {
  const store = await openRawStore({ name, address });
  await store.watch(
    probe.rawParent,
    (key) => {
      if (key === probe.rawKey) tally.held();
    },
    () => tally.noticed(),
  );
}

process.on("disconnect", () => process.exit());
process.on("message", (request: WatchersRequest) => {
  if (request.kind === "cpu") answer({ kind: "cpu", cpuMicros: cpuMicros() });
});

const directories = new Tally("directory");
const raws = new Tally("raw");
for (let opened = 0; opened < sessions; opened++) await Promise.all([openDirectory(directories), openRawWatch(raws)]);
answer({ kind: "ready" });
