import { expect, it } from "vitest";
import type { UpEvent } from "../../src/up/up-event.js";
import { upOutput } from "../../src/up/up-output.js";
import { recordedTerminal } from "../recorded-terminal.js";

interface Reading {
  readonly json?: boolean;
  readonly unread?: () => number;
}

function printed(events: readonly UpEvent[], { json = false, unread = () => 0 }: Reading = {}): string {
  const terminal = recordedTerminal();
  const tell = upOutput({ terminal: { ...terminal, unread }, json, system: "demo", processes: ["log", "portal"] });
  for (const event of events) tell(event);
  return terminal.result();
}

const ready = { kind: "ready", process: "log", pid: 7, address: "tcp://log", ms: 30, again: false } as const;
const died = { kind: "died", process: "log", ending: 3, restartInMs: null, why: null } as const;

it("shows who speaks, aligned", () => {
  const lines = printed([
    { kind: "starting", system: "demo", processes: ["log", "portal"] },
    { kind: "output", process: "log", line: "hello" },
    { kind: "output", process: "portal", line: "" },
  ]);
  expect(lines).toBe("demo   │ starting log, portal\nlog    │ hello\nportal │ \n");
});

it.each<[UpEvent, string]>([
  [ready, "log is ready: tcp://log, process 7"],
  [{ ...ready, address: null, again: true }, "log is back, process 7"],
  [{ kind: "waiting", process: "log", for: "x", ms: 3000 }, "log: waiting for x (3 s)"],
  [{ kind: "leftOut", process: "log", why: "no", missing: "No lines" }, "log is left out: no. No lines"],
  [{ ...died, restartInMs: 250 }, "log ended with exit code 3; it is started again in 250 ms"],
  [{ ...died, why: "often" }, "log ended with exit code 3, often: it stays down. The others go on"],
  [died, "log ended with exit code 3; it is not started again"],
  [{ ...died, ending: 0 }, "log ended with exit code 0: it has done its work"],
  [{ kind: "asked", by: "SIGINT" }, "SIGINT: ending in order; once more ends everything at once"],
  [{ kind: "failed", message: "no" }, "no; ending"],
  [{ kind: "leaving", process: "log" }, "log is asked to leave"],
  [{ kind: "late", process: "log", afterMs: 40_000 }, "log has not left within 40 s: it is ended"],
  [{ kind: "left", process: "log", ending: 0 }, "log has left"],
  [{ kind: "left", process: "log", ending: "SIGKILL" }, "log has left, ended by SIGKILL"],
  [{ kind: "ended", orderly: true }, "everything has ended, the store last"],
  [{ kind: "ended", orderly: false }, "everything has ended, not all of it in order, the store last"],
  [{ kind: "log", level: "info", message: "hosts" }, "hosts"],
])("says %j", (event, words) => {
  expect(printed([event])).toBe(`demo   │ ${words}\n`);
});

it("says nothing of what only scripts want to know", () => {
  expect(
    printed([
      { kind: "launched", process: "log" },
      { kind: "log", level: "debug", message: "x" },
    ]),
  ).toBe("");
});

it("shows the last lines of one that is not ready, and where to look without a name before it", () => {
  const failed = { kind: "notReady", process: "log", why: "was not ready", lines: ["one", "two"] } as const;
  expect(printed([failed])).toBe("demo   │ log was not ready; it said last:\nlog    │   one\nlog    │   two\n");
  expect(printed([{ kind: "opened", lines: ["", "look at http://here"] }])).toBe("\nlook at http://here\n");
});

it("OPS-1.7 is a line of JSON for each event, where that was asked for", () => {
  const lines = printed([ready, died], { json: true }).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    { at: expect.stringMatching(/Z$/), ...ready },
    { at: expect.stringMatching(/Z$/), ...died },
  ]);
});

it("leaves lines of processes out while nobody reads, counts them, and loses no event", () => {
  const sizes = [0, 5_000_000, 5_000_000, 5_000_000, 0];
  const line = (text: string): UpEvent => ({ kind: "output", process: "log", line: text });
  const text = printed([line("1"), line("2"), line("3"), line("4"), line("5")], {
    unread: () => sizes.shift() ?? 0,
  });
  expect(text).toBe("log    │ 1\ndemo   │ 3 lines of the processes were left out: nobody read as fast\nlog    │ 5\n");
  expect(printed([died], { unread: () => 5_000_000 })).toContain("ended with exit code 3");
});
