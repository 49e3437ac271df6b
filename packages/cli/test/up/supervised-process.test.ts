import { ManualClock } from "@skylark/core/internal";
import { beforeEach, describe, expect, it } from "vitest";
import { SupervisedProcess } from "../../src/up/supervised-process.js";
import type { UpEvent } from "../../src/up/up-event.js";
import { settled, TestProcess } from "./launched.js";

let clock: ManualClock;
let launched: TestProcess[];
let events: UpEvent[];

beforeEach(() => {
  clock = new ManualClock();
  launched = [];
  events = [];
});

function supervised(plan: { restart?: "always" | "never"; withinMs?: number } = {}): SupervisedProcess {
  const { restart = "always", withinMs = 30_000 } = plan;
  return new SupervisedProcess({
    plan: {
      name: "log",
      restart,
      ready: { message: true, url: undefined, service: undefined, otherwise: "life", withinMs },
    },
    launch: (passOn) => {
      const process = new TestProcess(launched.length + 1, passOn);
      launched.push(process);
      return process;
    },
    clock,
    listing: { listed: () => new Promise(() => {}) },
    tell: (event) => events.push(event),
    limits: { quickDeathsMax: 3, leaveMs: 1000 },
  });
}

function last(): TestProcess {
  return launched.at(-1) as TestProcess;
}

function told<Kind extends UpEvent["kind"]>(kind: Kind): (UpEvent & { kind: Kind })[] {
  return events.filter((event): event is UpEvent & { kind: Kind } => event.kind === kind);
}

async function running(plan: Parameters<typeof supervised>[0] = {}): Promise<SupervisedProcess> {
  const process = supervised(plan);
  const started = process.start();
  last().isReady();
  await started;
  return process;
}

describe("a process that starts", () => {
  it("is ready when it says so, and is then known by where it is reached", async () => {
    const process = supervised();
    const started = process.start();
    expect(process.pid).toBe(1);
    await settled();
    clock.advance(1200);
    expect(told("waiting")).toEqual([{ kind: "waiting", process: "log", for: "its word that it is ready", ms: 1000 }]);
    last().isReady("http://here");
    await started;
    expect(process.address).toBe("http://here");
    expect(told("ready")).toEqual([
      { kind: "ready", process: "log", pid: 1, address: "http://here", ms: 1200, again: false },
    ]);
    clock.advance(60_000);
    expect(told("waiting")).toHaveLength(1);
  });

  it("is not tried again where it ends before, and its last lines are told", async () => {
    const process = supervised();
    const started = process.start();
    for (let line = 1; line <= 20; line++) last().says(`line ${line}`);
    last().ends(7);
    await expect(started).rejects.toThrow("ended with exit code 7 before it was ready");
    const [{ lines, why } = { lines: [], why: "" }] = told("notReady");
    expect(why).toBe("ended with exit code 7 before it was ready");
    expect(lines).toEqual(Array.from({ length: 15 }, (_, index) => `line ${index + 6}`));
    expect(process.isDown).toBe(true);
    clock.advance(60_000);
    await settled();
    expect(launched).toHaveLength(1);
  });

  it("is ended where it takes too long, and what it was waited for is told", async () => {
    const started = supervised({ withinMs: 2000 }).start();
    await settled();
    clock.advance(2000);
    await expect(started).rejects.toThrow("was not ready within 2 s: it waited for its word that it is ready");
    expect(last().asked).toEqual(["kill"]);
  });

  it("leaves in order where it is asked to meanwhile", async () => {
    const process = supervised();
    const started = process.start();
    expect(await process.stop()).toBe(true);
    await started;
    expect(last().asked).toEqual(["ask"]);
    expect(told("notReady")).toEqual([]);
  });
});

describe("a process that dies", () => {
  it("is started again after a quarter of a second, and waited for again", async () => {
    const process = await running();
    clock.advance(60_000);
    last().ends("SIGKILL");
    await settled();
    expect(told("died")).toEqual([{ kind: "died", process: "log", ending: "SIGKILL", restartInMs: 250, why: null }]);
    expect(process.pid).toBeUndefined();
    clock.advance(250);
    await settled();
    expect(process.pid).toBe(2);
    clock.advance(5_000);
    await settled();
    expect(told("ready")).toHaveLength(1); // it has not said that it is
    last().isReady("there");
    await settled();
    expect(told("ready").at(-1)).toMatchObject({ pid: 2, address: "there", again: true, ms: 5_000 });
    expect(process.address).toBe("there");
    await process.stop();
  });

  it("rests longer each time it dies soon after, and is given up", async () => {
    const process = await running();
    const pauses: (number | null)[] = [];
    for (let death = 1; death <= 3; death++) {
      last().ends(3);
      await settled();
      pauses.push(told("died").at(-1)?.restartInMs ?? null);
      clock.advance(pauses.at(-1) ?? 0);
      await settled();
      last().isReady();
      await settled();
    }
    await process.down;
    expect(pauses).toEqual([250, 500, null]);
    expect(told("died").at(-1)?.why).toBe("3 times in a row within 5 s of its start");
    expect(process.isDown).toBe(true);
  });

  it("is forgiven once it has lived", async () => {
    const process = await running();
    for (let death = 1; death <= 10; death++) {
      clock.advance(5_000);
      last().ends(3);
      await settled();
      clock.advance(250);
      await settled();
      last().isReady();
      await settled();
    }
    expect(launched).toHaveLength(11);
    await process.stop();
  });

  it("has died quickly where it is never ready again, and is ended then", async () => {
    const process = await running({ withinMs: 10_000 });
    clock.advance(60_000);
    last().ends(1);
    for (let start = 2; start <= 4; start++) {
      await settled();
      clock.advance(1000);
      await settled();
      expect(launched).toHaveLength(start);
      clock.advance(10_000);
    }
    await process.down;
    expect(launched.slice(1).map(({ asked }) => asked)).toEqual([["kill"], ["kill"], ["kill"]]);
    expect(told("notReady")).toHaveLength(3);
    expect(told("died").at(-1)?.restartInMs).toBeNull();
  });

  it("is not started again once it was stopped, also while it rests", async () => {
    const process = await running();
    last().ends(3);
    await settled();
    expect(await process.stop()).toBe(true);
    await process.down;
    clock.advance(60_000);
    await settled();
    expect(launched).toHaveLength(1);
  });
});

describe("a process that is asked to leave", () => {
  it.each([
    [0, true],
    ["SIGTERM", true], // it had nothing to finish
    [143, true],
    [1, false],
    ["SIGSEGV", false],
  ] as const)("and ends with %s: in order is %s", async (ending, orderly) => {
    const process = await running();
    last().leavesWith(ending);
    expect(await process.stop()).toBe(orderly);
    expect(told("left")).toEqual([{ kind: "left", process: "log", ending }]);
  });

  it("and does not, is ended, and that is told", async () => {
    const process = await running();
    last().isDeaf();
    const stopped = process.stop();
    clock.advance(999);
    expect(told("late")).toEqual([]);
    clock.advance(1);
    expect(await stopped).toBe(false);
    expect(told("late")).toEqual([{ kind: "late", process: "log", afterMs: 1000 }]);
  });
});

describe("a process that runs once", () => {
  it("has done its work when it ends with 0, ready or not", async () => {
    const process = supervised({ restart: "never" });
    const started = process.start();
    last().ends(0);
    await started;
    expect(process.isDown).toBe(true);
    expect(told("died")).toEqual([{ kind: "died", process: "log", ending: 0, restartInMs: null, why: null }]);
  });

  it("is not started again where it fails", async () => {
    const process = await running({ restart: "never" });
    last().ends(2);
    await process.down;
    expect(launched).toHaveLength(1);
    const before = supervised({ restart: "never" }).start();
    last().ends(2);
    await expect(before).rejects.toThrow("ended with exit code 2 before it was ready");
  });
});
