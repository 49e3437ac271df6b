import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { TrafficReport } from "./programs/traffic.js";
import type { Program } from "./support/program.js";
import { embeddedStore } from "./support/store-under-test.js";
import { report, trials, until } from "./support/until.js";
import { type Participant, World } from "./support/world.js";

const ttlMs = 2000;
const order = { service: "echo", method: "echo", timeoutMs: 5000 } as const;

/** Bars on time hold in full runs; a machine that is busy with other things is given more. */
const avoidedWithinMs = trials(1000, 5000);
const convergedWithinMs = trials(5000, 60_000);

interface CallerReady {
  readonly connectedAfterMs: number;
}

describe("with the whole store gone", () => {
  it("DISC-5.1 DISC-5.2 DISC-5.3 no call fails, the dead are avoided, newcomers begin with what was known, and all is as before when it returns", async () => {
    const awayMs = trials(600_000, 8000);
    await using world = new World({ SKYLARK_SESSION_TTL_MS: String(ttlMs) });
    const store = await embeddedStore(world);
    const providers: Participant[] = [];
    for (let count = 0; count < 3; count++) providers.push(await world.participant("echo"));
    const [doomed, ...survivors] = providers as [Participant, ...Participant[]];
    const caller = await world.start<CallerReady>("caller");
    await caller.ask("start", { ...order, perSecond: 200, name: "before" });
    await until("all are called, and written down", 20_000, async () => {
      const called = Object.keys(await caller.ask<Record<string, number>>("lastFirst")).length;
      return (called === 3 && writtenDown(world) === 3) || `${called} called, ${writtenDown(world)} written down`;
    });

    store.away();
    const awayAt = performance.now();
    await pause(1500);
    await doomed.kill();
    const killedAt = Date.now();
    const late = await world.start<CallerReady>("caller");
    await late.ask("start", { ...order, perSecond: 100, name: "after" });
    const joining = world.participant("echo"); // is ready when it is listed
    joining.catch(() => {}); // awaited below
    await pause(Math.max(killedAt + avoidedWithinMs + 1000 - Date.now(), awayMs - (performance.now() - awayAt)));
    const avoidedAfterMs = await Promise.all([caller, late].map((each) => lastFirstAfter(each, doomed, killedAt)));

    store.back();
    const awayForMs = Math.round(performance.now() - awayAt);
    const backAt = performance.now();
    const joined = await joining;
    const expected = [...survivors, joined].map(({ ready }) => ready.instance).toSorted();
    await until("every directory is the truth", 60_000, async () => {
      for (const each of [caller, late]) {
        const seen = (await each.ask<string[]>("directory")).toSorted().join();
        if (seen !== expected.join()) return `${seen} instead of ${expected.join()}`;
      }
      return true;
    });
    const convergedAfterMs = Math.round(performance.now() - backAt);
    await until("the newcomer is called by all", 20_000, async () => {
      const called = await Promise.all([caller, late].map((each) => each.ask<Record<string, number>>("lastFirst")));
      return called.every((ids) => joined.ready.instance in ids) || "not yet";
    });
    const reports = await Promise.all([caller, late].map((each) => each.ask<TrafficReport>("stop")));
    report("store gone", {
      ttlMs,
      topology: `${store.topology}; 3 providers, one killed meanwhile, one started; 1 caller at 200/s, one started meanwhile at 100/s`,
      awayForMs,
      calls: reports.map(({ made }) => made),
      failed: reports.map(({ failures }) => failures.length),
      deadAvoidedAfterMs: avoidedAfterMs,
      lateConsumerReadyAfterMs: late.ready.connectedAfterMs,
      convergedAfterMs,
    });
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(Math.max(...avoidedAfterMs)).toBeLessThan(avoidedWithinMs);
    expect(convergedAfterMs).toBeLessThan(convergedWithinMs);
  }, 900_000);
});

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
