import { ManualClock } from "@skylark/core/internal";
import { beforeEach, expect, it } from "vitest";
import type { ProcessDefinition } from "../../src/index.js";
import { systemPlan } from "../../src/up/system-plan.js";
import { SystemRun } from "../../src/up/system-run.js";
import type { UpEvent } from "../../src/up/up-event.js";
import { settled, TestProcess } from "./launched.js";

let clock: ManualClock;
let processes: Map<string, TestProcess>;
let events: UpEvent[];

beforeEach(() => {
  clock = new ManualClock();
  processes = new Map();
  events = [];
});

type Opened = ConstructorParameters<typeof SystemRun>[0]["opened"];

const everyAddress: Opened = async (running) =>
  Object.entries(running).map(([name, { address }]) => `${name} at ${address}`);

function system(
  definitions: Record<string, Omit<ProcessDefinition, "module" | "ready">>,
  opened = everyAddress,
): SystemRun {
  const withModules = Object.fromEntries(
    Object.entries(definitions).map(([name, own]) => [
      name,
      { ...own, module: "m.js", ready: { message: true as const } },
    ]),
  );
  const { processes: plans } = systemPlan({ name: "demo", processes: withModules }, { folder: "/", ports: new Map() });
  return new SystemRun({
    plans,
    launch: ({ name }, passOn) => {
      const process = new TestProcess(processes.size + 1, passOn);
      processes.set(name, process);
      return process;
    },
    clock,
    listing: { listed: () => new Promise(() => {}) },
    tell: (event) => events.push(event),
    opened,
    limits: { quickDeathsMax: 1 },
  });
}

async function ready(...names: string[]): Promise<void> {
  for (const name of names) processes.get(name)?.isReady(`tcp://${name}`);
  await settled();
}

function order(kind: "launched" | "leaving" | "left"): string[] {
  return events.flatMap((event) => (event.kind === kind ? [event.process] : []));
}

const chain = { log: {}, grading: { after: ["log"] }, portal: { after: ["log", "grading"] }, clock: {} };

it("starts each as soon as those it comes after are ready, and says when all are", async () => {
  const run = system(chain);
  const ended = run.run();
  await settled();
  expect(order("launched")).toEqual(["log", "clock"]);
  await ready("log");
  expect(order("launched")).toEqual(["log", "clock", "grading"]);
  await ready("clock", "grading", "portal");
  expect(order("launched")).toEqual(["log", "clock", "grading", "portal"]);
  expect(events.some(({ kind }) => kind === "opened")).toBe(false);
  await ready("portal");
  expect(events.at(-1)).toEqual({
    kind: "opened",
    lines: ["log at tcp://log", "grading at tcp://grading", "portal at tcp://portal", "clock at tcp://clock"],
  });
  run.ask();
  expect(await ended).toBe(0);
});

it("ends in reverse: nobody leaves before those that come after it have left", async () => {
  const run = system(chain);
  const ended = run.run();
  await settled();
  for (const name of ["log", "clock", "grading", "portal"]) await ready(name);
  for (const process of processes.values()) process.isDeaf();
  run.ask();
  await settled();
  expect(order("leaving").toSorted()).toEqual(["clock", "portal"]);
  for (const [name, next] of [
    ["portal", "grading"],
    ["grading", "log"],
  ] as const) {
    processes.get(name)?.ends(0);
    await settled();
    expect(order("leaving").at(-1)).toBe(next);
  }
  processes.get("log")?.ends(0);
  processes.get("clock")?.ends(0);
  expect(await ended).toBe(0);
});

it("does not go on where one does not start: the rest leaves, and it has failed", async () => {
  const run = system(chain);
  const ended = run.run();
  await settled();
  await ready("log");
  processes.get("grading")?.ends(1);
  expect(await ended).toBe(1);
  expect(order("launched")).not.toContain("portal");
  expect(processes.get("clock")?.asked).toEqual(["ask"]); // it was not even ready
  expect(events).toContainEqual({ kind: "failed", message: '"grading" did not start' });
});

it("goes on without an optional one that does not start, and says what is missing", async () => {
  const run = system({ log: { optional: "lines are kept nowhere" }, portal: { after: ["log"] } });
  const ended = run.run();
  await settled();
  processes.get("log")?.ends(1);
  await ready("log");
  await ready("portal");
  expect(events).toContainEqual({
    kind: "leftOut",
    process: "log",
    why: "ended with exit code 1 before it was ready",
    missing: "lines are kept nowhere",
  });
  expect(events.at(-1)).toMatchObject({ kind: "opened", lines: ["portal at tcp://portal"] });
  run.ask();
  expect(await ended).toBe(0);
});

it("goes on while one of them is given up, and fails when nothing runs any more", async () => {
  const run = system({ one: {}, other: {} });
  const ended = run.run();
  await settled();
  await ready("one", "other");
  processes.get("one")?.ends(1);
  await settled();
  expect(events.at(-1)).toMatchObject({ kind: "died", restartInMs: null });
  processes.get("other")?.ends(1);
  expect(await ended).toBe(1);
  expect(events).toContainEqual({ kind: "failed", message: "nothing runs any more" });
});

it("runs on where the lines to be said in the end cannot be had", async () => {
  const run = system({ one: {} }, async () => Promise.reject(new Error("no address")));
  const ended = run.run();
  await settled();
  await ready("one");
  expect(events.at(-1)).toMatchObject({ kind: "log", level: "error", message: expect.stringContaining("no address") });
  run.ask();
  expect(await ended).toBe(0);
});

it("has succeeded where all that had to run once has", async () => {
  const run = system({ first: { restart: "never" }, second: { restart: "never", after: ["first"] } });
  const ended = run.run();
  await settled();
  processes.get("first")?.ends(0);
  await settled();
  processes.get("second")?.ends(0);
  expect(await ended).toBe(0);
});

it("starts nothing more once it is asked to end", async () => {
  const run = system(chain);
  const ended = run.run();
  await settled();
  run.ask();
  await ready("log");
  expect(await ended).toBe(0);
  expect(order("launched")).toEqual(["log", "clock"]);
});

it("ends everything at once, whatever it does", async () => {
  const run = system({ one: {}, other: {} });
  const ended = run.run();
  await settled();
  await ready("one", "other");
  for (const process of processes.values()) process.isDeaf();
  run.ask();
  await settled();
  run.kill();
  expect(await ended).toBe(1);
  for (const { asked } of processes.values()) expect(asked).toEqual(["ask", "kill"]);
});
