import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coordination, openCoordination, type SessionStatus } from "@skylark/coordination";
import { silentLog } from "@skylark/core";
import { deferred, randomId, systemClock, systemRandom } from "@skylark/core/internal";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DirectoryWatch, Registration, Requirement } from "../src/internal.js";
import { counted } from "./counted.js";
import { DetachableTransport } from "./detachable-transport.js";
import { instance } from "./simulation/world.js";

const surroundings = { clock: systemClock, random: systemRandom, log: silentLog };
const clientsCount = 20;

let home: string;
let ends: (() => Promise<void> | void)[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sky-"));
  ends = [() => rmSync(home, { recursive: true, force: true })];
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

/** A process that serves, requires and calls, and what it asks of the store in the first second of its return. */
async function participant(plug: DetachableTransport) {
  const store = await openCoordination({ home, host: false, ttlMs: 60_000, openTimeoutMs: 20_000, transport: plug });
  ends.push(() => store.close());
  const seen = { inFirstSecond: 0, returnedAt: Number.NEGATIVE_INFINITY };
  const client: Coordination = counted(store, () => {
    if (systemClock.now() - seen.returnedAt < 1000) seen.inFirstSecond++;
  });
  store.onSession(({ kind }) => {
    if (kind === "established") seen.returnedAt = systemClock.now();
  });
  const id = randomId();
  const record = instance({ id, nonce: id });
  await new Registration(client, "test", record, { ...surroundings, onTransition: () => {} }).start();
  const consumer = { id, name: "grading", host: "h", pid: 1, since: "now" };
  await new Requirement(client, "test", "log", consumer, surroundings).start();
  const watch = new DirectoryWatch(client, "test", "grading", () => {}, surroundings);
  ends.push(() => watch.close());
  return { store, seen, watch };
}

describe("over the embedded store", { timeout: 60_000 }, () => {
  it("DISC-5.1 whoever's session lives asks nothing but its watches of a store that has just come back", async () => {
    const host = await openCoordination({ home });
    ends.push(() => host.close());
    const plug = new DetachableTransport(); // one for all: they lose the store in the same moment, and find it so
    const all = await Promise.all(Array.from({ length: clientsCount }, () => participant(plug)));
    const sessions = all.map(({ store }) => store.session);
    const lost = Promise.all(all.map(({ store }) => becomes(store, "suspended")));
    plug.detach();
    await lost;
    const returned = Promise.all(all.map(({ store }) => becomes(store, "established")));
    plug.attach();
    await returned;
    const secondOver = deferred();
    const lastReturn = Math.max(...all.map(({ seen }) => seen.returnedAt));
    systemClock.after(lastReturn + 1000 - systemClock.now(), () => secondOver.resolve(), true);
    await secondOver.promise;
    expect(all.map(({ store }) => store.session)).toEqual(sessions);
    expect(all.map(({ seen }) => seen.inFirstSecond)).toEqual(all.map(() => 0));
    await vi.waitFor(() => {
      for (const { watch } of all) expect(watch.directory.instances).toHaveLength(clientsCount);
    }, 20_000);
  });
});

async function becomes(store: Coordination, wanted: SessionStatus["kind"]): Promise<void> {
  const met = deferred();
  const stop = store.onSession(({ kind }) => {
    if (kind === wanted) met.resolve();
  });
  await met.promise;
  stop();
}
