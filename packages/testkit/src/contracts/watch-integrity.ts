import { setTimeout as pause } from "node:timers/promises";
import type { Coordination, Entry } from "@skylark/coordination";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { Strikes } from "../faults/strikes.js";
import type { CoordinationFixture } from "./coordination/fixture.js";
import { WatchView } from "./coordination/watch-view.js";
import { disturbances } from "./watch-integrity/disturbances.js";
import { Places } from "./watch-integrity/places.js";
import { Registrant } from "./watch-integrity/registrant.js";

export interface WatchIntegrityOptions {
  readonly fixture: CoordinationFixture;
  /** What every choice comes from. */
  readonly seed: number;
  /** How often something is created, changed or deleted. Default: 1000. */
  readonly registrations?: number;
  /** How often something goes wrong meanwhile. Default: 8. */
  readonly disturbances?: number;
  /** How long the views may take to be the store's, once all is quiet, before the run ends without it. Default: 30 000. */
  readonly settleMsMax?: number;
}

export interface WatchIntegrityRun {
  readonly seed: number;
  /** Events of all views together, and how many of them told the whole truth again. */
  readonly events: number;
  readonly resyncs: number;
  /** What went wrong, as it did. */
  readonly disturbed: readonly string[];
  /** Entries that are there in the end. */
  readonly entries: number;
  /** How long the slowest view took to be the store's. */
  readonly settledMs: number;
  /** What no view may show at any time: half of an atomic write, or less than a session's end. */
  readonly broken: readonly string[];
  /** Where views and store still differ in the end. */
  readonly differences: readonly string[];
}

const registrants = 5;
const watchers = 3;

/**
 * Lets sessions create, change and delete entries while connections are cut, sessions expire and histories are forgotten,
 * with others watching: each view must at every instant be one that the store can have had, and equal it in the end.
 */
export async function runWatchIntegrity(options: WatchIntegrityOptions): Promise<WatchIntegrityRun> {
  const { fixture, seed, registrations = 1000, settleMsMax = 30_000 } = options;
  const random = seededRandom(seed);
  const places = new Places(`/watched/s${seed}`, registrants);
  const open = (count: number) => Promise.all(Array.from({ length: count }, () => fixture.client()));
  const [writing, watching] = [await open(registrants), await open(watchers)];
  try {
    const views = watching.map((client) => new WatchView(client, places.prefix, (entries) => places.isWhole(entries)));
    await Promise.all(views.map((view) => view.until(() => view.events.length > 0)));
    const plan = new Strikes(disturbances(fixture, { writing, watching }), random, {
      operations: registrations,
      strikes: options.disturbances ?? 8,
    });
    let made = 0;
    await Promise.all(
      writing.map(async (client, index) => {
        const registrant = new Registrant(client, places, index);
        const choice = seededRandom(seed * 1000 + index);
        while (made < registrations) {
          await plan.before(made);
          made++;
          if ((await registrant.step(choice)) === "failed") await pause(5 + randomIndex(choice, 20));
        }
      }),
    );
    await plan.over();
    const settled = await settle(places, writing[0] as Coordination, views, settleMsMax);
    return {
      seed,
      ...settled,
      disturbed: plan.struck,
      events: views.reduce((sum, { events }) => sum + events.length, 0),
      resyncs: views.flatMap(({ events }) => events.filter((each) => each.kind === "snapshot" && each.resync)).length,
      broken: views.flatMap(({ broken }) => broken),
    };
  } finally {
    await Promise.all([...writing, ...watching].map((client) => client.close()));
  }
}

type Settled = Pick<WatchIntegrityRun, "settledMs" | "entries" | "differences">;

/** Waits until every view is what a fresh look at the store shows. */
async function settle(
  places: Places,
  client: Coordination,
  views: readonly WatchView[],
  msMax: number,
): Promise<Settled> {
  const quietAt = performance.now();
  for (;;) {
    const truth = await places.read(client);
    const differences = views.flatMap((view, index) =>
      differing(truth, view.entries).map((what) => `watcher ${index}: ${what}`),
    );
    const settledMs = Math.round(performance.now() - quietAt);
    if (differences.length === 0 || settledMs > msMax) return { settledMs, entries: truth.size, differences };
    await pause(20);
  }
}

function differing(truth: ReadonlyMap<string, Entry>, view: ReadonlyMap<string, Entry>): string[] {
  const keys = new Set([...truth.keys(), ...view.keys()]);
  return [...keys].flatMap((key) => {
    const [there, seen] = [JSON.stringify(truth.get(key)), JSON.stringify(view.get(key))];
    const is = (text: string | undefined): string => text ?? "absent";
    return sameEntry(truth.get(key), view.get(key)) ? [] : [`${key} is ${is(there)}, seen as ${is(seen)}`];
  });
}

function sameEntry(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.revision === other.revision && one.value === other.value && one.owner === other.owner;
}
