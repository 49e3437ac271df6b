import { renameSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { report, trials, until } from "./support/until.js";
import { type Participant, World } from "./support/world.js";

const ttlMs = 1000;

describe("a registration", () => {
  it("DISC-3.1 COORD-2.7 goes when its process freezes for two TTLs, and is back, once, when it thaws", async () => {
    const freezes = trials(20, 4);
    await using world = new World({ SKYLARK_SESSION_TTL_MS: String(ttlMs) });
    const observers = [await world.participant("observer"), await world.participant("observer")];
    const provider = await world.participant("echo");
    const id = provider.ready.instance;
    const goneAfterMs: number[] = [];
    const backAfterMs: number[] = [];
    await everyDirectory(observers, "has it", 5000, (ids) => count(ids, id) === 1);
    for (let freeze = 0; freeze < freezes; freeze++) {
      provider.freeze();
      const frozenAt = performance.now();
      goneAfterMs.push(await everyDirectory(observers, "is without it", ttlMs + 1500, (ids) => count(ids, id) === 0));
      await pause(Math.max(0, 2 * ttlMs - (performance.now() - frozenAt)));
      provider.thaw();
      backAfterMs.push(await everyDirectory(observers, "has it again", 2000, (ids) => count(ids, id) === 1));
    }
    report("provider frozen", {
      ttlMs,
      topology: "1 provider, 2 observers, one of which hosts",
      freezes,
      slowestGoneMs: Math.max(...goneAfterMs),
      slowestBackMs: Math.max(...backAfterMs),
    });
  }, 300_000);

  it("DISC-3.2 is back within 2 s when the store's data is wiped while all run", async () => {
    const wipes = trials(10, 2);
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "4000" });
    const all = [await world.participant("echo"), await world.participant("echo"), await world.participant("echo")];
    const ids = all.map(({ ready }) => ready.instance);
    const backAfterMs: number[] = [];
    await everyDirectory(all, "has all", 5000, (seen) => ids.every((id) => count(seen, id) === 1));
    for (let wipe = 0; wipe < wipes; wipe++) {
      const lost = await Promise.all(all.map((each) => each.ask<number>("expired")));
      // gone at once: while a folder is removed file by file, its host begins the next one in it
      renameSync(`${world.home}/store-v1`, `${world.home}/wiped-${wipe}`);
      const wiped = performance.now();
      await until("every session is another", 2000, async () => {
        const now = await Promise.all(all.map((each) => each.ask<number>("expired")));
        return now.every((expired, index) => expired > (lost[index] as number)) || JSON.stringify(now);
      });
      await everyDirectory(
        all,
        "has all again",
        2000 - (performance.now() - wiped),
        (seen) => seen.length === ids.length && ids.every((id) => count(seen, id) === 1),
      );
      backAfterMs.push(Math.round(performance.now() - wiped));
    }
    report("store wiped", {
      ttlMs: 4000,
      topology: "3 providers, one of which hosts",
      wipes,
      slowestBackMs: Math.max(...backAfterMs),
    });
  }, 120_000);

  it("DISC-3.4 of two clones never fights: both are listed, neither is lost", async () => {
    // so long that no process of a busy machine loses its session meanwhile: who is gone was taken away by the other
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "60000" });
    const clones = await Promise.all([world.participant("echo"), world.participant("echo")]);
    const ids = clones.map(({ ready }) => ready.instance).toSorted();
    await everyDirectory(clones, "has both", 5000, (seen) => seen.length === 2);
    for (let look = 0; look < 60; look++) {
      for (const clone of clones) expect((await clone.ask<string[]>("directory", "echo")).toSorted()).toEqual(ids);
      await pause(50);
    }
  });

  it("DISC-3.5 RPC-3.9 on an address that another program uses now is answered WRONG_INSTANCE, and nothing runs", async () => {
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "60000" });
    const caller = await world.participant("caller");
    const first = await world.participant("echo");
    await everyDirectory([caller], "has it", 5000, (_ids, seen) => seen("echo").then((ids) => ids.length === 1));
    const port = new URL(first.ready.address.replace("tcp:", "http:")).port;
    await first.kill();
    await world.start("participant", { args: ["--service", "other"], env: { SKYLARK_PORT: port } });
    const outcome = await caller.ask<{ code: string; message: string }>("callOnce", { service: "echo", id: "lost" });
    expect(outcome.code).toBe("unavailable");
    expect(outcome.message).toMatch(/another|answers here|used again/);
  });
});

function count(ids: readonly string[], id: string): number {
  return ids.filter((each) => each === id).length;
}

/** Waits until every directory of "echo" is as it should be; answers how long that took. */
function everyDirectory(
  observers: readonly Participant[],
  what: string,
  withinMs: number,
  holds: (ids: string[], seen: (service: string) => Promise<string[]>) => boolean | Promise<boolean>,
): Promise<number> {
  return until(`every directory ${what}`, withinMs, async () => {
    for (const observer of observers) {
      const seen = (service: string): Promise<string[]> => observer.ask<string[]>("directory", service);
      const ids = await seen("echo");
      if (!(await holds(ids, seen))) return `${observer.ready.instance} sees ${JSON.stringify(ids)}`;
    }
    return true;
  });
}
