import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LogLine } from "@skylark/logs";
import { Application } from "skylark";
import { describe, expect, it } from "vitest";
import { Gradebook } from "./support/gradebook.js";
import { stores } from "./support/stores.js";
import { report, trials, until } from "./support/until.js";
import { type Visit, Visitors } from "./support/visitors.js";
import { ask, everythingWorks, linesOf } from "./support/working-gradebook.js";

/** What the bar allows, from the restart of a process to everything being as before; more where the machine may be busy. */
const backWithinMs = trials(5_000, 60_000);
/** A process that is killed takes with it what it has not sent yet: batches go out twenty times a second. */
const unsentMs = trials(1_000, 10_000);

/** How a connection fails when nobody listens, or who did is just killed. */
const refused: readonly (number | string)[] = ["ECONNREFUSED", "ECONNRESET", "EPIPE"];

const parts = ["registry", "log", "grading", "portal", "reporter"] as const;
type PartName = (typeof parts)[number];

/** Those that need grading, and those that need the portal alone. */
const listPaths: readonly string[] = ["/students", "/students/3"];
const ownPaths: readonly string[] = ["/about", "/assets/portal.css"];

interface Death {
  readonly part: PartName;
  readonly killedAt: number;
  readonly restartedAt: number;
  /** When everything was found to be as before. */
  readonly backAt: number;
}

function applicationOf({ home, coordination }: Gradebook): Application {
  return new Application({ name: "test", settings: { home, coordination, logLevel: "error" } });
}

const engines = Object.entries(stores);

describe.each(engines)(
  "DEMO-2.1 DEMO-1.1 COORD-4.1 the gradebook on %s, its processes killed in turn",
  (engine, start) => {
    it("carries on under 100 requests a second, is back by itself, and loses no line of its log", async () => {
      await using store = await start();
      await using gradebook = await Gradebook.start(store.url);
      await using application = applicationOf(gradebook);
      await everythingWorks(gradebook, application, 30_000);
      const visitors = new Visitors(gradebook.address("portal"), [...listPaths, ...ownPaths], 100);
      const deaths: Death[] = [];
      const rounds = trials(10, 1);
      for (let round = 1; round <= rounds; round++) {
        for (const part of parts) {
          const { killedAt, restartedAt } = await gradebook.kill(part);
          await everythingWorks(gradebook, application, 30_000);
          deaths.push({ part, killedAt, restartedAt, backAt: Date.now() });
        }
      }
      await visitors.leave();
      let lines: readonly LogLine[] = [];
      // each for itself: visits do not end in the order in which they began, and lines leave in batches
      await until("the line of every visit arrives", 30_000, async () => {
        lines = await linesOf(application, { origin: "portal" });
        const counts = countsOf(lines);
        const missing = visitors.visits.filter((visit) => leavesALine(visit, deaths) && !counts.has(visit.number));
        return missing.length === 0 || `${missing.length} are missing, ${JSON.stringify(missing[0])} among them`;
      });
      tell(engine, deaths, visitors.visits, lines);
      expect(visitors.visits.filter((visit) => !isAsItMustBe(visit, deaths))).toEqual([]);
      expectEachLineOnce(visitors.visits, deaths, lines);
      expect(deaths.filter(({ restartedAt, backAt }) => backAt - restartedAt > backWithinMs)).toEqual([]);
    }, 900_000);
  },
);

/** Answered, or touched by a death that the page needs to be spared. */
function isAsItMustBe({ path, outcome, saysAway, startedAt, endedAt }: Visit, deaths: readonly Death[]): boolean {
  if (outcome === 200) return true;
  const during = (part: PartName): boolean =>
    deaths.some((death) => death.part === part && endedAt >= death.killedAt && startedAt <= death.backAt);
  if (outcome === 503) return saysAway && listPaths.includes(path) && during("grading");
  return refused.includes(outcome) && during("portal");
}

/** Answered, and not by a portal that took the line with it as it died. */
function leavesALine({ outcome, endedAt }: Visit, deaths: readonly Death[]): boolean {
  if (typeof outcome === "string") return false;
  return !deaths.some(
    ({ part, killedAt }) => part === "portal" && endedAt > killedAt - unsentMs && endedAt <= killedAt + unsentMs,
  );
}

/** Every request that was answered is in the log exactly once, whatever was away meanwhile. */
function expectEachLineOnce(visits: readonly Visit[], deaths: readonly Death[], lines: readonly LogLine[]): void {
  const counts = countsOf(lines);
  const wrong = visits.filter((visit) => {
    if (typeof visit.outcome === "string") return false;
    const count = counts.get(visit.number) ?? 0;
    return leavesALine(visit, deaths) ? count !== 1 : count > 1;
  });
  expect(wrong.map((visit) => ({ ...visit, lines: counts.get(visit.number) ?? 0 }))).toEqual([]);
}

function countsOf(lines: readonly LogLine[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { message } of lines) {
    const number = Number(/visit=(\d+)/.exec(message)?.[1]);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return counts;
}

function tell(engine: string, deaths: readonly Death[], visits: readonly Visit[], lines: readonly LogLine[]): void {
  const counts = countsOf(lines);
  for (const part of parts) {
    const own = deaths.filter((death) => death.part === part);
    const touched = visits.filter(({ startedAt, endedAt }) =>
      own.some(({ killedAt, backAt }) => endedAt >= killedAt && startedAt <= backAt),
    );
    const backMs = own.map(({ restartedAt, backAt }) => backAt - restartedAt).toSorted((a, b) => a - b);
    report(`${part} killed on ${engine}`, {
      deaths: own.length,
      backAfterMs: { median: backMs[Math.floor(backMs.length / 2)], most: backMs.at(-1) },
      visitsMeanwhile: touched.length,
      outcomes: Object.fromEntries(
        [...new Set(touched.map(({ outcome }) => outcome))].map((outcome) => [
          outcome,
          touched.filter((visit) => visit.outcome === outcome).length,
        ]),
      ),
      theirLines: touched.filter(({ number }) => counts.has(number)).length,
    });
  }
  const slowest = Math.max(...visits.map(({ startedAt, endedAt }) => endedAt - startedAt));
  report(`all visits on ${engine}`, { visits: visits.length, slowestMs: slowest, linesOfPortal: lines.length });
}

const gradingMain = fileURLToPath(new URL("../examples/gradebook/dist/grading/main.js", import.meta.url));

describe.each(engines)("DEMO-2.1 a second grading on %s", (engine, start) => {
  it("is started by hand, takes its share, and no page fails when the first is killed", async () => {
    await using store = await start();
    await using gradebook = await Gradebook.start(store.url);
    await using application = applicationOf(gradebook);
    const second = spawn(process.execPath, [gradingMain], {
      env: gradebook.env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    try {
      const portal = gradebook.address("portal");
      await until("both answer", 30_000, async () => {
        for (let visit = 0; visit < 10; visit++) await ask(`${portal}/students/1`);
        const served = await linesOf(application, { origin: "grading", text: "student 1" });
        const instances = new Set(served.map(({ instance }) => instance));
        return instances.size === 2 || `lines of ${instances.size} instances`;
      });
      const visitors = new Visitors(portal, listPaths, 100);
      await gradebook.kill("grading");
      await gradebook.up.event({ kind: "ready", process: "grading", again: true });
      await visitors.leave();
      report(`one of two gradings killed on ${engine}`, { visits: visitors.visits.length });
      expect(visitors.visits.length).toBeGreaterThan(20);
      expect(visitors.visits.filter(({ outcome }) => outcome !== 200)).toEqual([]);
    } finally {
      await ended(second);
    }
  }, 120_000);
});

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
