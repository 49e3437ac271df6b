import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { TrafficReport } from "./programs/traffic.js";
import type { Program } from "./support/program.js";
import { report, trials, until } from "./support/until.js";
import { type Participant, World } from "./support/world.js";

/** Longer than anything that is waited for here: what is answered at all succeeds, however busy the machine is. */
const traffic = { service: "echo", method: "echo", timeoutMs: 60_000 } as const;

describe("the process that hosts the store", () => {
  it("COORD-5.3 COORD-5.4 COORD-5.5 may be killed again and again: calls go on, another takes over, registrations stay", async () => {
    const kills = trials(20, 4);
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "4000" });
    const participants: Participant[] = [];
    for (let count = 0; count < 4; count++) participants.push(await world.participant("echo"));
    const callers = [await world.participant("caller"), await world.participant("caller")];
    const start = (caller: Program): Promise<void> =>
      caller.ask("start", { ...traffic, perSecond: 100, name: `caller-${caller.pid}` });
    await Promise.all(callers.map(start));
    const reports: TrafficReport[] = [];
    const backAfterMs: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const host = onlyHost(world);
      const isCaller = callers.findIndex((caller) => caller === host);
      // a caller's book dies with it: close it just before, so that no call goes uncounted
      if (isCaller >= 0) reports.push(await host.ask<TrafficReport>("stop"));
      await host.kill();
      const survivors = participants.filter(({ isRunning }) => isRunning).map(({ ready }) => ready.instance);
      const observer = (isCaller === 0 ? callers[1] : callers[0]) as Program;
      backAfterMs.push(
        await until("every survivor is listed, another hosts", 3000, async () => {
          if (world.hosts().length !== 1) return `${world.hosts().length} hosts`;
          const listed = await observer.ask<string[]>("directory", "echo");
          const missing = survivors.filter((id) => !listed.includes(id));
          return missing.length === 0 || `missing ${missing.join(", ")}`;
        }),
      );
      if (isCaller >= 0) {
        callers[isCaller] = await world.participant("caller");
        await start(callers[isCaller]);
      } else participants.push(await world.participant("echo"));
    }
    reports.push(...(await Promise.all(callers.map((caller) => caller.ask<TrafficReport>("stop")))));
    const made = reports.reduce((sum, each) => sum + each.made, 0);
    report("host killed", {
      ttlMs: 4000,
      topology: "4 providers, 2 callers at 100/s each",
      kills,
      calls: made,
      slowestBackMs: Math.max(...backAfterMs),
    });
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(made).toBeGreaterThan(kills * 20);
  }, 300_000);

  it("COORD-5.2 is exactly one when two start at the same instant", async () => {
    const starts = trials(50, 6);
    for (let count = 0; count < starts; count++) {
      await using world = new World();
      const both = await Promise.all([world.participant("echo"), world.participant("echo")]);
      expect(world.hosts()).toHaveLength(1);
      await until("both see both", 5000, async () => {
        const seen = await Promise.all(both.map((each) => each.ask<string[]>("directory", "echo")));
        return seen.every((ids) => ids.length === 2) || JSON.stringify(seen);
      });
    }
    report("two start at once", { starts, topology: "2 processes on an empty home" });
  }, 600_000);

  it("COORD-5.6 may freeze for 10 s: nobody takes over, nobody expires, calls between others go on", async () => {
    const [ttlMs, frozenMs] = [8000, 10_000]; // who else stands still meanwhile, for three seconds say, keeps its session
    await using world = new World({ SKYLARK_SESSION_TTL_MS: String(ttlMs) });
    const host = await world.participant("bystander");
    const providers = [await world.participant("echo"), await world.participant("echo")];
    const caller = await world.participant("caller");
    expect(world.hosts()).toEqual([host]);
    await caller.ask("start", { ...traffic, perSecond: 200, name: "caller" });
    host.freeze();
    await pause(frozenMs);
    expect(world.hosts()).toEqual([host]);
    const meanwhile = await caller.ask<TrafficReport>("stop"); // all are answered, with the host still frozen
    await caller.ask("start", { ...traffic, perSecond: 200, name: "caller" });
    host.thaw();
    await until("the store answers again", 5000, async () => {
      const listed = await caller.ask<string[]>("directory", "echo");
      return providers.every(({ ready }) => listed.includes(ready.instance)) || JSON.stringify(listed);
    });
    await pause(ttlMs + 500); // longer than the TTL: an expiry that the stall had caused would have come by now
    const { made, failures } = await caller.ask<TrafficReport>("stop");
    expect([...meanwhile.failures, ...failures]).toEqual([]);
    expect(meanwhile.made).toBeGreaterThan(200);
    const expired = await Promise.all([host, caller, ...providers].map((each) => each.ask<number>("expired")));
    report("host frozen", {
      ttlMs,
      topology: "1 host, 2 providers, 1 caller at 200/s",
      frozenMs,
      calls: meanwhile.made + made,
      failed: meanwhile.failures.length + failures.length,
      expired,
    });
    expect(expired).toEqual([0, 0, 0, 0]);
  }, 120_000);
});

function onlyHost(world: World): Program {
  const hosts = world.hosts();
  expect(hosts).toHaveLength(1);
  return hosts[0] as Program;
}
