import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { TrafficReport } from "./programs/traffic.js";
import { ensembleEngines, type RunningStore } from "./support/stores.js";
import { report, trials, until } from "./support/until.js";
import { type Participant, type ParticipantReady, World } from "./support/world.js";

const ttlMs = 4000;
const members = trials(3, 1);
const rounds = trials(10, 1);
/** Frozen side by side in each round: every one of them is a trial. */
const frozenAtOnce = trials(5, 1);
const perSecond = 50;

const embedded = async (): Promise<RunningStore> => ({ url: "embedded", [Symbol.asyncDispose]: async () => {} });
/**
 * `session.test.ts` freezes providers of the embedded store whenever anything is tested. On etcd only for a release: the first
 * client of a cluster that has just started was seen to wait for more than a minute, on a machine far too busy.
 */
const engines = trials<Record<string, (members: number) => Promise<RunningStore>>>(
  { embedded, ...ensembleEngines },
  Object.fromEntries(Object.entries(ensembleEngines).filter(([engine]) => engine !== "etcd")),
);

describe.each(Object.entries(engines))("a provider that is registered in %s", (engine, startStore) => {
  it("DISC-3.1 goes when it freezes for two TTLs, and is back once and can be called when it thaws", async () => {
    await using store = await startStore(members);
    // nobody but those who freeze loses a session, however busy the machine is
    await using world = new World({ SKYLARK_COORDINATION: store.url, SKYLARK_SESSION_TTL_MS: "60000" });
    const steady = await world.participant("echo"); // hosts, where the store is embedded
    const observers = await Promise.all([world.participant("caller"), world.participant("caller")]);
    const providers = await Promise.all(
      Array.from({ length: frozenAtOnce }, (_, index) => provider(world, serviceOf(index))),
    );
    const [caller] = observers;
    await caller.ask("start", { service: "echo", method: "echo", timeoutMs: 60_000, perSecond, name: "caller" });
    await listed(observers, providers, 60_000, 1);
    const [goneAfterMs, backAfterMs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      await callable(observers, providers, round * 2);
      const lost = await lossesOf(providers);
      for (const provider of providers) provider.freeze();
      const frozenAt = performance.now();
      goneAfterMs.push(await listed(observers, providers, 2 * ttlMs, 0));
      await pause(Math.max(0, 2 * ttlMs - (performance.now() - frozenAt)));
      for (const provider of providers) provider.thaw();
      backAfterMs.push(await listed(observers, providers, 2000, 1));
      await callable(observers, providers, round * 2 + 1);
      const now = await lossesOf(providers);
      expect(now.map((losses, index) => losses > (lost[index] as number))).toEqual(providers.map(() => true));
    }
    const { made, failures } = await caller.ask<TrafficReport>("stop");
    const othersLost = (await lossesOf([steady, ...observers])).reduce((sum, losses) => sum + losses, 0);
    report(`expiry on ${engine}`, {
      ttlMs,
      topology: `${engine === "embedded" ? "1 host" : `members ${members}`}, ${frozenAtOnce} frozen at once, 1 steady, 2 observers, 1 of which calls at ${perSecond}/s`,
      seed: "none: nothing is drawn",
      trials: rounds * frozenAtOnce,
      slowestGoneMs: Math.max(...goneAfterMs),
      slowestBackMs: Math.max(...backAfterMs),
      calls: made,
      failed: failures.length,
      othersLost,
    });
    expect(failures).toEqual([]);
    if (process.env["SKYLARK_FULL"] === "1") expect(othersLost).toBe(0);
  }, 900_000);
});

function provider(world: World, service: string): Promise<Participant> {
  const env = { SKYLARK_SESSION_TTL_MS: String(ttlMs) };
  return world.start<ParticipantReady>("participant", { args: ["--service", service], env });
}

function serviceOf(index: number): string {
  return `frozen-${index}`;
}

/** Sessions that each has lost so far. */
function lossesOf(participants: readonly Participant[]): Promise<number[]> {
  return Promise.all(participants.map((each) => each.ask<number>("expired")));
}

/** Resolves when every observer lists each provider so often, and nobody else in its place; with how long that took. */
function listed(
  observers: readonly Participant[],
  providers: readonly Participant[],
  withinMs: number,
  times: 0 | 1,
): Promise<number> {
  return until(`all list ${times} of each`, withinMs, async () => {
    for (const observer of observers) {
      for (const [index, { ready }] of providers.entries()) {
        const seen = await observer.ask<string[]>("directory", serviceOf(index));
        if (seen.join() !== (times === 0 ? "" : ready.instance)) return `${serviceOf(index)}: ${JSON.stringify(seen)}`;
      }
    }
    return true;
  });
}

/** Resolves when every observer has had an answer from each provider. */
async function callable(observers: readonly Participant[], providers: readonly Participant[], turn: number) {
  for (const [number, observer] of observers.entries()) {
    for (const index of providers.keys()) {
      const service = serviceOf(index);
      let attempt = 0;
      await until(`${service} answers`, 10_000, async () => {
        const id = `${service}-${turn}-${number}-${attempt++}`;
        const answered = await observer.ask("callOnce", { service, id });
        return answered === id || JSON.stringify(answered);
      });
    }
  }
}
