import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coordination, openCoordination, type SessionStatus } from "@skylark/coordination";
import { silentLog } from "@skylark/core";
import { type Deferred, deferred, randomId, systemClock, systemRandom } from "@skylark/core/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Directory,
  DirectoryWatch,
  type InstanceRecord,
  layout,
  Registration,
  Requirement,
  readSystem,
  select,
  setOverride,
} from "../src/internal.js";
import { DetachableTransport } from "./detachable-transport.js";
import { instance } from "./simulation/world.js";

const keys = layout("test");
const surroundings = { clock: systemClock, random: systemRandom, log: silentLog };

let home: string;
let ends: (() => Promise<void> | void)[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sky-"));
  ends = [() => rmSync(home, { recursive: true, force: true })];
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

interface Joining {
  readonly host?: boolean;
  /** Where a test waits for its session to expire. */
  readonly ttlMs?: number;
}

/** One process as the store sees it; its session lives through whatever keeps a busy machine from its work. */
async function joined(options: Joining = {}): Promise<{ store: Coordination; plug: DetachableTransport }> {
  const plug = new DetachableTransport();
  const store = await openCoordination({ home, ttlMs: 30_000, transport: plug, ...options });
  ends.push(() => store.close());
  return { store, plug };
}

async function provider(own: Partial<InstanceRecord> = {}, options: Joining = { host: false }) {
  const { store, plug } = await joined(options);
  const record = instance({ id: randomId(), nonce: randomId(), ...own });
  const told: boolean[] = [];
  const onTransition = (registered: boolean): void => void told.push(registered);
  const registration = new Registration(store, "test", record, { ...surroundings, onTransition });
  await registration.start();
  return { store, plug, record, registration, told, key: keys.instance("grading", record.address, record.id) };
}

/** Of who is lost in a test, which waits for that. */
const mortal = { host: false, ttlMs: 1000 } as const;

/** A consumer's directories, with someone waiting for one of them. */
class Consumer {
  readonly told: Directory[] = [];
  readonly watch: DirectoryWatch;
  #waiting: { readonly met: (directory: Directory) => boolean; readonly done: Deferred<void> }[] = [];

  constructor(store: Coordination) {
    this.watch = new DirectoryWatch(store, "test", "grading", (directory) => this.#tell(directory), surroundings);
    ends.push(() => this.watch.close());
  }

  async until(met: (directory: Directory) => boolean): Promise<void> {
    if (met(this.watch.directory)) return;
    const done = deferred();
    this.#waiting.push({ met, done });
    await done.promise;
  }

  /** Until it is told such a directory, or has been since `from` were told: one that another follows at once is not missed. */
  async untilTold(from: number, met: (directory: Directory) => boolean): Promise<void> {
    if (!this.told.slice(from).some(met)) await this.until(met);
  }

  /** Until exactly these can be chosen. */
  untilChosen(...ids: string[]): Promise<void> {
    return this.until((directory) => chosen(directory) === ids.toSorted().join());
  }

  #tell(directory: Directory): void {
    this.told.push(directory);
    this.#waiting = this.#waiting.filter(({ met, done }) => {
      if (!met(directory)) return true;
      done.resolve();
      return false;
    });
  }
}

function chosen(directory: Directory): string {
  return select(directory, {})
    .map(({ id }) => id)
    .toSorted()
    .join();
}

async function consumer(): Promise<Consumer> {
  return new Consumer((await joined({ host: false })).store);
}

function until(store: Coordination, met: (status: SessionStatus) => boolean): Promise<void> {
  const done = deferred();
  const end = store.onSession((status) => met(status) && done.resolve());
  if (met(store.session)) done.resolve();
  return done.promise.finally(end);
}

describe("over the embedded store", () => {
  it("DISC-4.1 DISC-3.1 three providers and two consumers: all see a session expire, and its instance back, once", async () => {
    const { store: witness } = await joined();
    const providers = [await provider({}, mortal), await provider(), await provider()];
    const ids = providers.map(({ record }) => record.id);
    const consumers = [await consumer(), await consumer()];
    await Promise.all(consumers.map((each) => each.untilChosen(...ids)));

    const [lost, ...others] = providers as [(typeof providers)[0], ...typeof providers];
    const before = lost.store.session;
    lost.plug.detach();
    await Promise.all(consumers.map((each) => each.untilChosen(...others.map(({ record }) => record.id))));
    lost.plug.attach();
    await Promise.all(consumers.map((each) => each.untilChosen(...ids)));

    const ownerOf = ({ store }: (typeof providers)[0]): string | undefined =>
      "id" in store.session ? store.session.id : undefined;
    const wrong = async (): Promise<readonly unknown[]> => {
      const entries = await witness.list(keys.services("grading"), { fresh: true });
      if (entries.length !== providers.length) return entries;
      return providers.filter((each) => entries.find(({ key }) => key === each.key)?.owner !== ownerOf(each));
    };
    await expect.poll(wrong).toEqual([]); // each is there once, under the session that it has now
    expect(lost.store.session).not.toEqual(before);
    expect(lost.told).toEqual([true]);
  });

  it("DISC-3.2 everything is back after the store was wiped", async () => {
    const { store: witness } = await joined();
    const providers = [await provider(), await provider(), await provider()];
    const requirement = new Requirement(
      providers[0]?.store as Coordination,
      "test",
      "log",
      { id: "c1", name: "grading", host: "h", pid: 1, since: "now" },
      surroundings,
    );
    await requirement.start();
    const ids = providers.map(({ record }) => record.id);
    const one = await consumer();
    await one.untilChosen(...ids);

    const everything = [
      ...(await witness.list(keys.services("grading"))),
      ...(await witness.list(keys.consumers("log"))),
    ];
    expect(everything).toHaveLength(4);
    const told = one.told.length;
    await witness.multi(everything.map(({ key }) => ({ kind: "delete", key })));
    await one.untilTold(told, ({ instances }) => instances.length === 0);
    await one.untilChosen(...ids);
    expect(providers.map(({ told }) => told)).toEqual([[true], [true], [true]]);
    const back = deferred();
    witness.watch(keys.consumer("log", "c1"), (event) => {
      const isThere = event.kind === "snapshot" ? event.entries.length > 0 : event.changes.at(-1)?.kind === "put";
      if (isThere) back.resolve();
    });
    await back.promise;
  });

  it("DISC-3.3 every registration stands once, under its own id, after another process took the store over", async () => {
    const first = await joined();
    const providers = [await provider({}, {}), await provider({}, {})];
    const ids = providers.map(({ record }) => record.id);
    const one = new Consumer(providers[1]?.store as Coordination);
    await one.untilChosen(...ids);
    const suspended = Promise.all(providers.map(({ store }) => until(store, ({ kind }) => kind !== "established")));
    await first.store.close();
    await suspended;
    await Promise.all(providers.map(({ store }) => until(store, ({ kind }) => kind === "established")));
    const update = providers.map(({ registration }) => registration.update({ weight: 7 }));
    await Promise.all(update);
    const heavy = (directory: Directory): boolean => directory.instances.every(({ weight }) => weight === 7);
    await one.until((directory) => heavy(directory) && chosen(directory) === ids.toSorted().join());
    expect(one.watch.directory.instances).toHaveLength(2);
  });

  it("DISC-1.4 two clones of one folder stand side by side, whatever happens to both", async () => {
    const { store: witness } = await joined();
    // told apart by nothing but what is random per start, not even by the port
    const clones = [await provider({ host: "clone" }, mortal), await provider({ host: "clone" }, mortal)];
    const ids = clones.map(({ record }) => record.id);
    const one = await consumer();
    await one.untilChosen(...ids);
    for (const { plug } of clones) plug.detach();
    await one.untilChosen();
    for (const { plug } of clones) plug.attach();
    await one.untilChosen(...ids);
    const told = one.told.length;
    await witness.multi(clones.map(({ key }) => ({ kind: "delete", key })));
    await one.untilTold(told, ({ instances }) => instances.length === 0);
    await one.untilChosen(...ids);
    expect(clones.map(({ told }) => told)).toEqual([[true], [true]]);
  });

  it("DISC-2.2 an instance is taken out of rotation and put back by another process while it runs", async () => {
    const { store: operator } = await joined();
    const [one, stays] = [await provider(), await provider()];
    const consumers = [await consumer(), await consumer()];
    await setOverride(operator, "test", "grading", one.record.id, { registered: false });
    await Promise.all(consumers.map((each) => each.untilChosen(stays.record.id)));
    const view = await readSystem(operator, "test");
    expect(view.services[0]?.instances).toHaveLength(2);
    await setOverride(operator, "test", "grading", one.record.id, { registered: undefined });
    await Promise.all(consumers.map((each) => each.untilChosen(one.record.id, stays.record.id)));
  });

  it("an orderly leave is seen as such before the entry is gone", async () => {
    await joined();
    const one = await provider();
    const seen = await consumer();
    await seen.untilChosen(one.record.id);
    await one.registration.leave();
    await seen.until(({ instances }) => instances.length === 0);
    expect(seen.told.map(({ instances }) => instances[0]?.state)).toEqual(["serving", "leaving", undefined]);
    expect(one.told).toEqual([true, false]);
  });
});
