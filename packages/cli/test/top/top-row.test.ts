import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { tableText } from "../../src/output/table.js";
import { intervalsOf } from "../../src/top/interval.js";
import { type SortOrder, sortedRows, type TopRow, type TopView, topRows } from "../../src/top/top-row.js";
import { durationText, topColumns, topLines } from "../../src/top/top-table.js";
import { listed } from "../listed.js";
import { figures } from "./figures.js";

const view: TopView = {
  instances: [
    listed({ id: "a" }),
    listed({ id: "b" }),
    listed({ id: "c" }),
    listed({ id: "a", service: "notes" }),
    listed({ id: "h", service: "averages", protocol: "http", url: "http://127.0.0.1:7000" }),
  ],
  intervals: new Map([
    [
      "a",
      intervalsOf(
        figures(1000, {
          grading: {
            students: { succeeded: 90, tookMs: [1, 1] },
            addGrade: { failures: { aborted: 10 }, started: 12 },
          },
          notes: { echo: { succeeded: 1 } },
          "skylark.instance": { heartbeat: { succeeded: 7 } },
        }),
      ),
    ],
    ["b", intervalsOf(figures(2000, { grading: { students: { succeeded: 100, tookMs: [1, 200] } } }))],
  ]),
  silent: new Set(["c"]),
};

function row(rows: readonly TopRow[], service: string): TopRow {
  return rows.find((each) => each.service === service) as TopRow;
}

describe("the rows of sky top", () => {
  it("add up what instances did, each over its own interval", () => {
    const grading = row(topRows(view), "grading");
    expect(grading).toMatchObject({
      protocol: "skylark",
      instances: 3,
      silent: ["c"],
      callsPerSecond: 150, // 100 in one second, 100 in two
      errorsPerSecond: 10,
      errorShare: 0.05,
      inFlight: 2,
    });
    expect(grading.p50Ms).toBeCloseTo(1, 1);
    expect(grading.p99Ms).toBeCloseTo(200, -1);
    expect(grading.methods.map(({ method, callsPerSecond }) => [method, callsPerSecond])).toEqual([
      ["addGrade", 10],
      ["students", 140],
    ]);
  });

  it("know nothing of HTTP participants, and of those that were never seen", () => {
    expect(row(topRows(view), "averages")).toMatchObject({
      protocol: "http",
      instances: 1,
      silent: [],
      callsPerSecond: null,
      p99Ms: null,
      methods: [],
    });
    const [unseen] = topRows({ ...view, intervals: new Map(), silent: new Set() });
    expect(unseen).toMatchObject({ service: "grading", callsPerSecond: null, inFlight: null });
  });

  it("are sorted by any figure, those without one last", () => {
    const names = (order: SortOrder): string[] => sortedRows(topRows(view), order).map(({ service }) => service);
    for (const order of ["calls", "errors", "inflight"] as const) {
      expect(names(order)[0]).toBe("grading");
      expect(names(order).at(-1)).toBe("averages");
    }
    expect(names("service")).toEqual(["averages", "grading", "notes"]);
  });
});

describe("the table of sky top", () => {
  const show = (detail: "services" | "methods"): string[] => {
    const colours = createColors(false);
    const lines = topLines(sortedRows(topRows(view), "calls"), detail);
    return tableText(lines, topColumns(colours), { columns: undefined, colours }).trimEnd().split("\n");
  };

  it("has a line for each service, with dashes for what nobody knows", () => {
    expect(show("services")).toEqual([
      "SERVICE          INSTANCES    CALLS/S  ERRORS/S  ERRORS  P50   P99     IN FLIGHT",
      "grading          3, 1 silent  150      10.0      5.0 %   1 ms  202 ms  2",
      "notes            1            1.0      0         0 %     –     –       0",
      "averages (http)  1            –        –         –       –     –       –",
    ]);
  });

  it("has one for each method, where that is asked", () => {
    expect(show("methods").slice(2, 4)).toEqual([
      "  addGrade                    10.0     10.0      100.0 %  –     –       2",
      "  students                    140      0         0 %      1 ms  202 ms  0",
    ]);
  });

  it.each([
    [0.0004, "1 µs"],
    [0.25, "250 µs"],
    [1.25, "1.3 ms"],
    [12.34, "12.3 ms"],
    [987.6, "988 ms"],
    [1234, "1.23 s"],
    [null, "–"],
  ])("writes %s as %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
