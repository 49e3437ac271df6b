import { setTimeout as pause } from "node:timers/promises";
import type { ParticipantStatus } from "@skylark/registry";
import { describe, expect, it } from "vitest";
import type { Program } from "./support/program.js";
import { report, trials, until } from "./support/until.js";
import { World } from "./support/world.js";

interface Member {
  readonly url: string;
  readonly manner: "well" | "hangs";
  readonly beats: readonly number[];
}

interface Usage {
  readonly user: number;
  readonly system: number;
  readonly rssBytes: number;
}

/** The schedule: every 3 s, give or take a tenth. */
const latestMs = 3300;

describe("heartbeats", () => {
  it("REG-3.7 500 participants, 50 of whom hang on each: the others are checked within 1 s of schedule, at little cost", async () => {
    const watchedMs = trials(60_000, 12_000);
    await using world = new World();
    await world.participant("keeper"); // hosts the store
    const registry = await world.start<{ readonly url: string }>("registry");
    const crowds = await Promise.all(
      [1, 2].map(() => world.start("crowd", { args: ["--registry", registry.ready.url] })),
    );
    // ten of each service, of which one hangs; each is required by ten
    for (let first = 0; first < 500; first += 25) {
      await Promise.all(
        Array.from({ length: 25 }, (_, index) => {
          const n = first + index;
          const order = { name: `s${n % 50}`, requires: [`s${(n + 1) % 50}`], ...(n < 50 && { hangs: true }) };
          return (crowds[n % 2] as Program).ask("join", order);
        }),
      );
    }
    const participants = (): Promise<ParticipantStatus[]> => registry.ask<ParticipantStatus[]>("participants");
    const marks = async (): Promise<number> => (await participants()).filter(({ mark }) => mark !== null).length;
    const hangersMarked = async (): Promise<true | string> => {
      const marked = await marks();
      return marked === 50 || `${marked} are`;
    };
    const markedAfterMs = await until("whoever hangs is marked down, and nobody else", 30_000, hangersMarked);
    for (const crowd of crowds) await crowd.ask("forgetBeats");
    const before = await registry.ask<Usage>("usage");
    const began = performance.now();
    await pause(watchedMs);
    const took = performance.now() - began;
    const after = await registry.ask<Usage>("usage");
    const seen = (await Promise.all(crowds.map((crowd) => crowd.ask<Member[]>("members")))).flat();
    const well = seen.filter(({ manner }) => manner === "well");
    const gaps = well.flatMap(({ beats }) => beats.slice(1).map((at, index) => at - (beats[index] as number)));
    const cpu = (after.user + after.system - before.user - before.system) / 1000 / took;
    report("500 heartbeats", {
      topology: "1 registry, 1 process that hosts the store, 500 participants in 2 processes, 50 of whom hang",
      watchedMs,
      markedAfterMs,
      heartbeats: well.reduce((sum, { beats }) => sum + beats.length, 0),
      longestGapMs: Math.round(Math.max(...gaps)),
      cpuPercentOfACore: Math.round(cpu * 1000) / 10,
      rssMiB: Math.round(after.rssBytes / 1024 ** 2),
    });
    expect(well).toHaveLength(450);
    // one that waited for those who hang would not be asked within any of these times
    const gapMsMax = trials(latestMs + 1000, watchedMs);
    for (const { beats } of well) expect(beats.length).toBeGreaterThanOrEqual(Math.floor(watchedMs / gapMsMax));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(gapMsMax);
    await until("nobody else is marked down", 10_000, hangersMarked);
    if (process.env["SKYLARK_FULL"] === "1") expect(cpu).toBeLessThan(0.2);
  }, 300_000);
});
