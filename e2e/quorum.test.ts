import { setTimeout as pause } from "node:timers/promises";
import { openCoordination } from "@skylark/coordination";
import type { MemberProcess } from "@skylark/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Company, type WriteReport } from "./support/company.js";
import { Detour } from "./support/detour.js";
import { type Ensemble, ensembleEngines } from "./support/stores.js";
import { report, trials, until } from "./support/until.js";
import type { ParticipantReady } from "./support/world.js";

/** Ensembles of real servers that lose members, beneath processes that run through all of it. */

const ttlMs = 4000;
/** Writes; where the engine takes snapshots of its own accord. */
const snapshotAfter = 20;
/** ZooKeeper's followers notice a frozen leader after 3 s here, and elect another; then their clients come back. */
const seenWithinMs = trials(15_000, 60_000);
/** How long members are away, after the first thing that was tried without them. */
const awayMs = { killed: trials(10_000, 500), "cut off": trials(10_000, 3000) };

/** Even sizes tolerate no more than the odd ones below them; one such is enough. The short form leaves out virtual machines, which start slowly. */
const ensembles = trials(
  [
    { engine: "ZooKeeper", size: 3 },
    { engine: "ZooKeeper", size: 5 },
    { engine: "etcd", size: 3 },
    { engine: "etcd", size: 5 },
    { engine: "etcd", size: 6 },
  ] as const,
  [{ engine: "etcd", size: 3 }] as const,
);

/** Killed: its host refuses connections. Frozen: it is cut off from members and clients alike, whose connections stay. */
const outages = {
  killed: { strike: async (member: MemberProcess) => member.kill(), end: (member: MemberProcess) => member.start() },
  "cut off": {
    strike: async (member: MemberProcess) => member.freeze(),
    end: (member: MemberProcess) => member.thaw(),
  },
} as const;

const minorityOutages = (["killed", "cut off"] as const).flatMap((how) =>
  trials(["leader last", "leader first"] as const, ["leader last"] as const).map((order) => ({ how, order })),
);

describe.each(ensembles)("$size members of $engine", ({ engine, size }) => {
  const needed = Math.floor(size / 2) + 1;
  const minority = size - needed;
  const topology = `${size} members of ${engine}; ${Company.topology}`;
  let ensemble: Ensemble;
  let company: Company;

  beforeAll(async () => {
    ensemble = await ensembleEngines[engine](size, snapshotAfter);
    company = await Company.gather(ensemble.url, ttlMs);
  }, 300_000);
  afterAll(async () => {
    await company?.[Symbol.asyncDispose]();
    await ensemble?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    for (const member of ensemble.members) {
      member.thaw();
      member.start();
    }
    await ensemble.whole();
  }, 120_000);

  /** An answer may be lost on its way where a machine stands still; the next write is as good. */
  function untilWritten(): Promise<number> {
    return until("a write is taken", 30_000, async () => {
      const { outcome, message } = await company.write();
      return outcome === "written" || message;
    });
  }

  /** Answers with how many writes that took. */
  async function untilForgotten(): Promise<number> {
    let writes = 0;
    await until("history is forgotten", 60_000, async () => {
      for (let each = 0; each < 10; each++) writes += (await company.write()).outcome === "written" ? 1 : 0;
      return (await ensemble.condense()) || `${writes} writes`;
    });
    return writes;
  }

  /** The leader first, or last. */
  async function membersBy(order: "leader first" | "leader last"): Promise<readonly MemberProcess[]> {
    const leader = await ensemble.leader();
    const others = ensemble.members.filter((member) => member !== leader);
    return order === "leader first" ? [leader, ...others] : [...others, leader];
  }

  it.each(minorityOutages)(
    "COORD-9.1 a minority is $how, $order: no call fails, and who registers is seen by all",
    async ({ how, order }) => {
      const { strike, end } = outages[how];
      const struck = (await membersBy(order)).slice(0, minority);
      const stop = await company.calling();
      await company.newcomerLeaves();
      await Promise.all(struck.map(strike));
      const seenAfterMs = await company.newcomerRegisters(seenWithinMs);
      await pause(awayMs[how]); // members and clients notice whoever is frozen
      await company.newcomerLeaves();
      const seenLaterAfterMs = await company.newcomerRegisters(seenWithinMs);
      const writtenAfterMs = await untilWritten();
      for (const member of struck) end(member);
      await ensemble.whole();
      await company.allSee(company.everybody, 60_000);
      const { calls, failures } = await stop();
      report(`minority ${how}, ${order}`, {
        ttlMs,
        topology,
        struck: minority,
        calls,
        failed: failures.length,
        seenAfterMs,
        seenLaterAfterMs,
        writtenAfterMs,
        sessionsLost: await company.sessionsLost(),
      });
      expect(failures).toEqual([]);
      expect(calls).toBeGreaterThan(0);
    },
    300_000,
  );

  it.each(trials(["killed", "cut off"] as const, ["killed"] as const))(
    "COORD-9.2 the majority is %s: writes fail and name the quorum, calls go on, and all is well when it returns",
    async (how) => {
      const { strike, end } = outages[how];
      const struck = (await membersBy("leader last")).slice(0, size - needed + 1);
      const stop = await company.calling();
      await company.allSee(company.everybody, 60_000);
      await Promise.all(struck.map(strike));
      const refusals: WriteReport[] = [];
      const refusedAfterMs = await until("a write is refused for want of a quorum", 30_000, async () => {
        const write = await company.write(); // the first ones may be cut off on their way, or reach a member that has not noticed
        refusals.push(write);
        return write.reason === "NO_QUORUM" || `${write.outcome} ${write.message}`;
      });
      await pause(awayMs[how]);
      const later = await company.write();
      for (const member of struck) end(member);
      await ensemble.whole();
      const writtenAfterMs = await untilWritten();
      await company.allSee(company.everybody, 60_000);
      await company.newcomerLeaves();
      const seenAfterMs = await company.newcomerRegisters(seenWithinMs);
      const { calls, failures } = await stop();
      report(`majority ${how}`, {
        ttlMs,
        topology,
        struck: struck.length,
        calls,
        failed: failures.length,
        refusedAfterMs,
        writesUntilRefused: refusals.length,
        laterRefusedAfterMs: later.tookMs,
        said: later.message,
        writtenAfterMs,
        seenAfterMs,
        sessionsLost: await company.sessionsLost(),
      });
      expect(failures).toEqual([]);
      const written = refusals.filter(({ outcome }) => outcome === "written");
      if (how === "killed") expect(written).toEqual([]); // to freeze takes the kernel a moment
      expect(later).toMatchObject({ outcome: "unavailable", reason: "NO_QUORUM" });
      expect(later.message).toContain(`quorum: ${needed} of ${size} members are needed, `);
      if (process.env["SKYLARK_FULL"] === "1") {
        expect(refusedAfterMs).toBeLessThan(2 * ttlMs);
        expect(later.tookMs).toBeLessThan(how === "killed" ? ttlMs : 5000); // who waits by default waits for 5 s
      }
    },
    300_000,
  );

  it.each(trials(["leader last", "leader first"] as const, ["leader last"] as const))(
    "COORD-9.4 a member is replaced by one that has nothing, %s: no registration is lost, and a majority can rest on it",
    async (order) => {
      const [replaced, ...others] = (await membersBy(order)) as [MemberProcess, ...MemberProcess[]];
      const stop = await company.calling();
      await company.allSee(company.everybody, 60_000);
      await ensemble.replace(replaced);
      const lost = others.slice(0, minority);
      await Promise.all(lost.map((member) => member.kill()));
      const everybody = company.everybody.map(({ ready }) => ready.instance).toSorted();
      await until("the replacement lists all", 60_000, async () => {
        const listed = await listedBy(ensemble.urlOf(replaced)).catch((error: unknown) => [String(error)]);
        return listed.join() === everybody.join() || `${listed.join()} instead of ${everybody.join()}`;
      });
      await company.newcomerLeaves();
      const seenAfterMs = await company.newcomerRegisters(seenWithinMs);
      for (const member of lost) member.start();
      await ensemble.whole();
      const { calls, failures } = await stop();
      const killed = lost.length;
      const sessionsLost = await company.sessionsLost();
      report(`member replaced, ${order}`, {
        ttlMs,
        topology,
        killed,
        calls,
        failed: failures.length,
        seenAfterMs,
        sessionsLost,
      });
      expect(failures).toEqual([]);
    },
    300_000,
  );

  it("COORD-9.5 history is forgotten behind a consumer that is cut off: it sees what there is, and no registration is lost", async () => {
    await using detour = await Detour.around(ensemble.url);
    const far = await company.world.start<ParticipantReady>("participant", {
      args: ["--service", "caller"],
      env: { SKYLARK_COORDINATION: detour.url },
    });
    const observers = [...company.callers, far];
    const stop = await company.calling(observers);
    await company.allSee(company.everybody, 60_000, observers);
    detour.close();
    await company.newcomerLeaves();
    const writes = await untilForgotten();
    detour.open();
    const resyncedAfterMs = await company.allSee(company.providers, 60_000, observers);
    const registered = company.newcomer.ask("register");
    const seenAfterMs = await company.allSee(company.everybody, 60_000, observers);
    await registered;
    const { calls, failures } = await stop();
    const sessionsLost = await company.sessionsLost();
    await far.kill();
    report("history forgotten", {
      ttlMs,
      topology: `${topology}, 1 caller that was cut off`,
      writes,
      calls,
      failed: failures.length,
      resyncedAfterMs,
      seenAfterMs,
      sessionsLost,
    });
    expect(failures).toEqual([]);
  }, 300_000);

  it.each(trials(["one after another", "all at once"] as const, [] as const))(
    "COORD-9.5 all members start from what they kept, %s: who was registered is there, who died meanwhile is not",
    async (how) => {
      const doomed = await company.world.participant("echo");
      const stop = await company.calling();
      await company.allSee([...company.everybody, doomed], 60_000);
      const writes = await untilForgotten();
      await company.newcomerLeaves([doomed]);
      if (how === "one after another") {
        for (const member of ensemble.members) {
          await member.kill();
          member.start();
          await ensemble.whole();
          await company.allSee([...company.providers, doomed], 60_000);
        }
        await doomed.kill();
      } else {
        await doomed.kill();
        await Promise.all(ensemble.members.map((member) => member.kill()));
        for (const member of ensemble.members) member.start();
        await ensemble.whole();
      }
      const seenAfterMs = await company.newcomerRegisters(60_000);
      const { calls, failures } = await stop();
      report(`members started anew, ${how}`, {
        ttlMs,
        topology: `${topology}, 1 provider killed meanwhile`,
        writes,
        calls,
        failed: failures.length,
        seenAfterMs,
        sessionsLost: await company.sessionsLost(),
      });
      expect(failures).toEqual([]);
    },
    300_000,
  );
});

/** The instances that one member lists, which it alone is asked for. */
async function listedBy(url: string): Promise<string[]> {
  await using reader = await openCoordination({ url, ttlMs, openTimeoutMs: 60_000 });
  const entries = await reader.list("/skylark/default/services/echo");
  return entries.map(({ value }) => String((value as { id?: unknown }).id)).toSorted();
}
