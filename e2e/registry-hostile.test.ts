import { describe, expect, it } from "vitest";
import { report, trials, until } from "./support/until.js";
import { World } from "./support/world.js";

interface Usage {
  readonly user: number;
  readonly system: number;
  readonly rssBytes: number;
}

interface Member {
  readonly view: readonly string[];
  readonly beats: readonly number[];
}

const latestMs = 3300;

const toldWithinMs = 2000;

describe("hostile participants", () => {
  it("neither grow the registry nor delay the others, whatever they answer to heartbeats and patches", async () => {
    const rounds = trials(60, 8);
    await using world = new World();
    await world.participant("keeper"); // hosts the store
    const registry = await world.start<{ readonly url: string }>("registry");
    const services = `${registry.ready.url}/services`;
    const hostile = await world.start<{ readonly url: string; readonly manners: readonly string[] }>("hostile");
    const crowd = await world.start("crowd", { args: ["--registry", registry.ready.url] });
    const { url, manners } = hostile.ready;
    // three of each manner, so that of each service one may be marked down
    for (const manner of manners) {
      for (const copy of [1, 2, 3]) {
        const status = await post(services, {
          ServiceName: manner,
          ServiceURL: `${url}/${manner}/${copy}`,
          RequiredServices: ["grading"],
          ServiceUpdateURL: `${url}/${manner}/${copy}/services`,
          HeartbeatURL: `${url}/${manner}/${copy}/heartbeat`,
        });
        expect({ manner, status }).toEqual({ manner, status: 200 });
      }
    }
    const dependants = 20;
    await Promise.all(
      Array.from({ length: dependants }, () => crowd.ask("join", { name: "portal", requires: ["grading"] })),
    );
    const before = await registry.ask<Usage>("usage");
    const began = performance.now();
    const toldAfterMs: number[] = [];
    let rssMost = before.rssBytes;
    for (let round = 0; round < rounds; round++) {
      const grading = await crowd.ask<string>("join", { name: "grading", requires: [] });
      const told = (count: number): Promise<number> =>
        until(`all ${dependants} dependants know ${count}`, toldWithinMs, async () => {
          const members = await crowd.ask<Member[]>("members");
          const knowing = members.filter(({ view }) => view.length === count).length;
          // those of grading itself require nothing
          return knowing >= (count === 0 ? members.length : dependants) || `${knowing} do`;
        });
      toldAfterMs.push(await told(1));
      await crowd.ask("leave", grading);
      toldAfterMs.push(await told(0));
      await new Promise((resolve) => setTimeout(resolve, 900));
      rssMost = Math.max(rssMost, (await registry.ask<Usage>("usage")).rssBytes);
    }
    const took = performance.now() - began;
    const after = await registry.ask<Usage>("usage");
    const beats = (await crowd.ask<Member[]>("members")).map((member) => member.beats);
    const gaps = beats.flatMap((times) => times.slice(1).map((at, index) => at - (times[index] as number)));
    const asks = (): Promise<Record<string, number>> => hostile.ask<Record<string, number>>("asked");
    await until("hostile ones of every manner are asked", 10_000, async () => {
      const known = Object.keys(await asks());
      return known.length === manners.length || known.join();
    });
    const asked = await asks();
    const megabytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);
    report("hostile participants", {
      topology: `1 registry, ${3 * manners.length} hostile participants of ${manners.length} manners, ${dependants} others`,
      rounds,
      seconds: Math.round(took / 1000),
      asked: Object.values(asked).reduce((sum, times) => sum + times, 0),
      slowestToldMs: Math.max(...toldAfterMs),
      longestGapMs: Math.round(Math.max(...gaps)),
      rssMiB: [before.rssBytes, rssMost, after.rssBytes].map(megabytes),
      cpuPercentOfACore: Math.round((after.user + after.system - before.user - before.system) / 10 / took),
    });
    expect(Object.keys(asked).toSorted()).toEqual(manners.toSorted());
    // elsewhere it is enough that the others are asked at all: who had to wait for those who hang would not be
    if (process.env["SKYLARK_FULL"] === "1") expect(Math.max(...gaps)).toBeLessThanOrEqual(latestMs + 1000);
    for (const times of beats) expect(times.length).toBeGreaterThan(0);
    expect(megabytes(rssMost - before.rssBytes)).toBeLessThan(trials(200, 300));
  }, 300_000);
});

async function post(url: string, body: unknown): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}
