import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred, ManualClock, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { Heartbeat, heartbeatDefaults } from "../src/health/heartbeat.js";

interface Asked extends Deferred<void> {
  readonly at: number;
  readonly signal: AbortSignal;
}

class Scene {
  readonly clock = new ManualClock(0);
  readonly asked: Asked[] = [];
  readonly told: string[] = [];
  checking: "yes" | "no" = "yes";
  answers: "well" | "never" | "badly" = "well";
  readonly heartbeat: Heartbeat;

  constructor(seed = 1) {
    this.heartbeat = new Heartbeat({
      ask: (signal) => this.#ask(signal),
      answered: (before) => void this.told.push(`answered, ${before} before`),
      missed: (why) => void this.told.push(`missed: ${why}`),
      mayCheck: () => this.checking === "yes",
      clock: this.clock,
      random: seededRandom(seed),
      options: heartbeatDefaults,
    });
  }

  #ask(signal: AbortSignal): Promise<void> {
    const asked = { ...deferred(), at: this.clock.now(), signal };
    this.asked.push(asked);
    if (this.answers === "well") asked.resolve();
    if (this.answers === "badly") asked.reject(new SkylarkError("unavailable", "it answered with status 500"));
    signal.addEventListener("abort", () => asked.reject(new SkylarkError("unavailable", "it did not answer in time")));
    return asked.promise;
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.clock.advance(10);
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  }
}

describe("a heartbeat", () => {
  it("REG-HTTP-15 is asked for every 3 s, give or take a tenth, and begins anywhere in the first", async () => {
    const firsts: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const scene = new Scene(seed);
      await scene.pass(30_000);
      const times = scene.asked.map(({ at }) => at);
      firsts.push(times[0] as number);
      expect(times.length).toBeGreaterThanOrEqual(9);
      for (const [index, at] of times.entries()) {
        if (index === 0) continue;
        expect(at - (times[index - 1] as number)).toBeGreaterThanOrEqual(2690);
        expect(at - (times[index - 1] as number)).toBeLessThanOrEqual(3310);
      }
      expect(new Set(scene.told)).toEqual(new Set(["answered, unchecked before", "answered, well before"]));
      expect(scene.heartbeat.health).toMatchObject({ kind: "well" });
    }
    expect(Math.max(...firsts) - Math.min(...firsts)).toBeGreaterThan(1500);
    expect(Math.max(...firsts)).toBeLessThanOrEqual(3010);
  });

  it("REG-3.2 is tried three times, 1 s apart, before it is missed", async () => {
    for (const answers of ["never", "badly"] as const) {
      const scene = new Scene();
      scene.answers = answers;
      await scene.pass(6000);
      const times = scene.asked.map(({ at }) => at);
      const [first = 0, second = 0, third = 0] = times;
      for (const apart of [second - first, third - second]) {
        expect(apart).toBeGreaterThanOrEqual(1000);
        expect(apart).toBeLessThanOrEqual(1010);
      }
      const why = answers === "never" ? "it did not answer in time" : "it answered with status 500";
      expect(scene.told[0]).toBe(`missed: ${why}`);
      expect(scene.heartbeat.health).toMatchObject({ kind: "missing", why, seenAt: undefined });
    }
  });

  it("is not missed where one of the three is answered", async () => {
    const scene = new Scene();
    scene.answers = "badly";
    while (scene.asked.length < 2) await scene.pass(10);
    scene.answers = "well";
    await scene.pass(1000);
    expect(scene.told).toEqual(["answered, unchecked before"]);
    expect(scene.asked).toHaveLength(3);
  });

  it("is asked for once each time while it is missing, and told at the first answer", async () => {
    const scene = new Scene();
    await scene.pass(3000);
    const { seenAt } = scene.heartbeat.health as { seenAt: number };
    scene.answers = "never";
    await scene.pass(9000);
    const before = scene.asked.length;
    expect(scene.heartbeat.health).toMatchObject({ kind: "missing", seenAt });
    await scene.pass(9000);
    expect(scene.asked.length - before).toBeLessThanOrEqual(4);
    scene.told.length = 0;
    scene.answers = "well";
    await scene.pass(4000);
    expect(scene.told.filter((told) => !told.startsWith("missed"))[0]).toBe("answered, missing before");
  });

  it("gives up a try when its time is over", async () => {
    const scene = new Scene();
    scene.answers = "never";
    while (scene.asked.length === 0) await scene.pass(10);
    await scene.pass(990);
    expect(scene.asked[0]?.signal.aborted).toBe(false);
    await scene.pass(10);
    expect(scene.asked[0]?.signal.aborted).toBe(true);
  });

  it("is not asked for while nothing could be done about it, and is again afterwards", async () => {
    const scene = new Scene();
    scene.checking = "no";
    await scene.pass(20_000);
    expect(scene.asked).toHaveLength(0);
    scene.checking = "yes";
    await scene.pass(3400);
    expect(scene.told).toContain("answered, unchecked before");
  });

  it("does not make up for what was missed while the process stood still", async () => {
    const scene = new Scene();
    await scene.pass(3000);
    scene.asked.length = 0;
    scene.clock.stall(60_000);
    await scene.pass(5000);
    expect(scene.asked.length).toBeLessThanOrEqual(3);
  });

  it("is given a last moment where the process stood still while it was asked", async () => {
    const scene = new Scene();
    scene.answers = "never";
    while (scene.asked.length === 0) await scene.pass(10);
    scene.clock.stall(5000);
    scene.asked[0]?.resolve(); // the answer lay there unread
    await scene.pass(10);
    expect(scene.told).toEqual(["answered, unchecked before"]);
  });

  it("leaves nothing behind when it is closed, whatever it is doing", async () => {
    for (const moment of [0, 3010, 3500]) {
      const scene = new Scene();
      scene.answers = moment === 3500 ? "badly" : "never";
      await scene.pass(moment);
      scene.heartbeat.close();
      await scene.pass(20_000);
      expect(scene.clock.pending).toBe(0);
      for (const { signal } of scene.asked.slice(-1)) if (moment === 3010) expect(signal.aborted).toBe(true);
    }
  });
});
