import { describe, expect, it } from "vitest";
import type { TrafficReport } from "./programs/traffic.js";
import type { Program } from "./support/program.js";
import { ensembleEngines } from "./support/stores.js";
import { report, trials, until } from "./support/until.js";
import { type Participant, World } from "./support/world.js";

const ttlMs = 4000;
const callers = 2;
const perSecond = 150;
/** What is answered at all succeeds, however busy the machine is. */
const timeoutMs = 60_000;
const seenWithinMs = trials(3000, 60_000);

describe.each(Object.entries(ensembleEngines))("an ensemble of %s", (engine, startEnsemble) => {
  it("COORD-9.3 loses its leader again and again: calls go on, and what registers afterwards is seen by all", async () => {
    const kills = trials(20, 1);
    await using ensemble = await startEnsemble(3);
    await using world = new World({
      SKYLARK_COORDINATION: ensemble.url,
      SKYLARK_SESSION_TTL_MS: String(ttlMs),
    });
    const providers = await participants(world, 4);
    const [newcomer] = await participants(world, 1);
    const observers = await participants(world, callers, "caller");
    await Promise.all(observers.map((caller) => callsOf(caller)));
    const seenAfterMs: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await newcomer?.ask("unregister");
      await seenBy(observers, providers, 60_000);
      const leader = await ensemble.leader();
      await leader.kill();
      const registered = newcomer?.ask("register");
      seenAfterMs.push(await seenBy(observers, [...providers, newcomer as Participant], seenWithinMs));
      await registered;
      leader.start();
      await ensemble.whole();
    }
    const reports = await Promise.all(observers.map((caller) => caller.ask<TrafficReport>("stop")));
    const calls = reports.reduce((sum, { made }) => sum + made, 0);
    const expired = await Promise.all(world.running.map((each) => each.ask<number>("expired")));
    report(`leader of ${engine} killed`, {
      ttlMs,
      topology: `3 members, 5 providers, ${callers} callers at ${perSecond}/s each`,
      kills,
      calls,
      failed: reports.flatMap(({ failures }) => failures).length,
      slowestSeenMs: Math.max(...seenAfterMs),
      sessionsLost: expired.reduce((sum, count) => sum + count, 0),
    });
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(calls).toBeGreaterThan(kills * 20);
  }, 900_000);
});

function participants(world: World, count: number, service = "echo"): Promise<Participant[]> {
  return Promise.all(Array.from({ length: count }, () => world.participant(service)));
}

function callsOf(caller: Program): Promise<void> {
  const name = `caller-${caller.pid}`;
  return caller.ask("start", { service: "echo", method: "echo", timeoutMs, perSecond, name });
}

/** Resolves when each observer lists exactly these; with how long that took. */
function seenBy(observers: readonly Program[], listed: readonly Participant[], withinMs: number): Promise<number> {
  const wanted = listed.map(({ ready }) => ready.instance).toSorted();
  return until("all see who is registered", withinMs, async () => {
    const seen = await Promise.all(observers.map((each) => each.ask<string[]>("directory", "echo")));
    const wrong = seen.find((ids) => ids.toSorted().join() !== wanted.join());
    return wrong === undefined || `${wrong.length} of ${wanted.length}`;
  });
}
