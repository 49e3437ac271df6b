import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { TrafficReport } from "./programs/traffic.js";
import type { Program } from "./support/program.js";
import { type StoreUnderTest, storesUnderTest } from "./support/store-under-test.js";
import { report, trials, until } from "./support/until.js";
import type { Participant, World } from "./support/world.js";

/** Elsewhere than in full runs longer than a busy machine stands still; the dead stay listed for as long after the return. */
const ttlMs = trials(2000, 5000);
/** Nightly runs take three minutes, releases ten. */
const awayMs = process.env["SKYLARK_NIGHTLY"] === "1" ? 180_000 : trials(600_000, 4000);
/** What is answered at all succeeds, however busy the machine is. */
const timeoutMs = trials(5000, 60_000);
const order = { service: "echo", method: "echo", timeoutMs } as const;

/** Bars on time hold in full runs; elsewhere the machine may be busy with other things, and the figures are only printed. */
const avoidedWithinMs = trials(1000, Number.POSITIVE_INFINITY);
const convergedWithinMs = trials(5000, Number.POSITIVE_INFINITY);
/** Nobody was tried for so long by callers that make a hundred calls in it: it is avoided. */
const avoidedForMs = 1000;

const firstSecondMs = 1000;
/** Of each client that was there before: at most two operations in its first second; where the machine stood still, more come at once. */
const operationsMax = trials(2, 10);
/** Two providers and a caller have lost their connections, and made others; unless they stood still themselves. */
const returnsMin = trials(3, 0);

interface CallerReady {
  readonly connectedAfterMs: number;
}

/** Ensembles are away, and start again, in the long forms alone: that takes most of a minute each. */
const isLong = process.env["SKYLARK_NIGHTLY"] === "1" || trials(true, false);
const engines = Object.entries(storesUnderTest).filter(([engine]) => isLong || engine === "embedded");

describe.each(engines)("with the whole store gone, on %s", (_engine, openStore) => {
  it("DISC-5.1 DISC-5.2 DISC-5.3 no call fails, the dead are avoided, newcomers begin with what was known, and all is as before when it returns", async () => {
    await using store = await openStore({
      SKYLARK_SESSION_TTL_MS: String(ttlMs),
      CALLER_TIMEOUT_MS: String(timeoutMs),
    });
    const { world } = store;
    const providers: Participant[] = [];
    for (let count = 0; count < 3; count++) providers.push(await world.participant("echo"));
    const [doomed, ...survivors] = providers as [Participant, ...Participant[]];
    const caller = await world.start<CallerReady>("caller");
    await caller.ask("start", { ...order, perSecond: 200, name: "before" });
    await until("all are called, and written down", 60_000, async () => {
      const called = Object.keys(await caller.ask<Record<string, number>>("lastFirst")).length;
      return (called === 3 && writtenDown(world) === 3) || `${called} called, ${writtenDown(world)} written down`;
    });

    await until("the caller's own watch is set, and need not be at the return", 60_000, async () => {
      const listed = await listedBy(caller);
      return listed.length === providers.length || listed.join();
    });
    expect(store.ledger.operations).toBeGreaterThanOrEqual(providers.length); // each wrote its entry, and was seen

    await store.away();
    const awayAt = performance.now();
    await pause(1500);
    await doomed.kill();
    const killedAt = Date.now();
    const late = await world.start<CallerReady>("caller");
    await late.ask("start", { ...order, perSecond: 100, name: "after" });
    const joining = world.participant("echo"); // is ready when it is listed
    joining.catch(() => {}); // awaited below
    await until("the newcomer calls one that it remembers", 60_000, async () => {
      const called = await late.ask<Record<string, number>>("lastFirst");
      return survivors.some(({ ready }) => ready.instance in called) || "not yet";
    });
    await until("nobody tries the dead one any more", 60_000, async () => {
      const lastMs = killedAt + Math.max(...(await avoidedAfter([caller, late], doomed, killedAt)));
      return Date.now() - lastMs > avoidedForMs || `tried ${Date.now() - lastMs} ms ago`;
    });
    await pause(Math.max(0, awayMs - (performance.now() - awayAt)));
    const avoidedAfterMs = await avoidedAfter([caller, late], doomed, killedAt);

    const awayForMs = Math.round(performance.now() - awayAt);
    const returnsAt = performance.now();
    const { servesAfterMs, listedAfterMs, convergedAfterMs } = await comesBack(store, joining, async (joined) => {
      const expected = [...survivors, joined].map(({ ready }) => ready.instance).toSorted();
      for (const each of [caller, late]) {
        const seen = (await listedBy(each)).toSorted().join();
        if (seen !== expected.join()) return `${seen} instead of ${expected.join()}`;
      }
      return true;
    });
    const { ready: newcomer } = await joining;
    await until("the newcomer is called by all", 60_000, async () => {
      const called = await Promise.all([caller, late].map((each) => each.ask<Record<string, number>>("lastFirst")));
      return called.every((ids) => newcomer.instance in ids) || "not yet";
    });
    await pause(firstSecondMs); // of whoever came back last
    const asked = store.ledger.firstSeconds(returnsAt);
    const reports = await Promise.all([caller, late].map((each) => each.ask<TrafficReport>("stop")));
    report("store gone", {
      ttlMs,
      topology: `${store.topology}; 3 providers, one killed meanwhile, one started; 1 caller at 200/s, one started meanwhile at 100/s`,
      awayForMs,
      calls: reports.map(({ made }) => made),
      failed: reports.map(({ failures }) => failures.length),
      deadAvoidedAfterMs: avoidedAfterMs,
      lateConsumerReadyAfterMs: late.ready.connectedAfterMs,
      servesAfterMs,
      listedAfterMs,
      convergedAfterMs,
      askedInTheFirstSecond: asked,
    });
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(Math.max(...avoidedAfterMs)).toBeLessThan(avoidedWithinMs);
    expect(convergedAfterMs).toBeLessThan(convergedWithinMs);
    expect(asked.returned.connections).toBeGreaterThanOrEqual(returnsMin);
    expect(asked.returned.most).toBeLessThanOrEqual(operationsMax);
  }, 900_000);
});

/** One that has just found the store may not have its session yet, and says so. */
function listedBy(caller: Program): Promise<string[]> {
  return caller.ask<string[]>("directory").catch((error: unknown) => [String(error)]);
}

/** Counted from the moment at which the store serves: until the newcomer is listed, and until all see the truth. */
async function comesBack(
  store: StoreUnderTest,
  joining: Promise<Participant>,
  isTrue: (joined: Participant) => Promise<true | string>,
): Promise<Record<"servesAfterMs" | "listedAfterMs" | "convergedAfterMs", number>> {
  const servesAfterMs = await store.back();
  const backAt = performance.now();
  const joined = await joining;
  const listedAfterMs = Math.round(performance.now() - backAt);
  await until("every directory is the truth", 60_000, () => isTrue(joined));
  return { servesAfterMs, listedAfterMs, convergedAfterMs: Math.round(performance.now() - backAt) };
}

function avoidedAfter(callers: readonly Program[], dead: Participant, killedAt: number): Promise<number[]> {
  return Promise.all(callers.map((each) => lastFirstAfter(each, dead, killedAt)));
}

/** How long after its death the last call went to it first; 0 where none did. */
async function lastFirstAfter(caller: Program, dead: Participant, killedAt: number): Promise<number> {
  const lastFirst = await caller.ask<Record<string, number>>("lastFirst");
  return Math.max(0, (lastFirst[dead.ready.instance] ?? killedAt) - killedAt);
}

/** How many instances the snapshot of this machine holds. */
function writtenDown(world: World): number {
  try {
    return readFileSync(`${world.home}/snapshots/default/echo.snapshot`, "utf8").match(/"nonce"/g)?.length ?? 0;
  } catch {
    return 0; // not yet
  }
}
