import { describe, expect, it } from "vitest";
import { nothing, type Operation } from "../../src/linearizability/history.js";
import { judge } from "../../src/linearizability/judge.js";
import { create, done, get, held, operation, put, unknown } from "./histories.js";

const kinds = (history: readonly Operation[]): string[] => judge(history).map(({ kind }) => kind);
const at = (key: string, each: Operation): Operation => ({ ...each, key });

describe("the judge of histories", () => {
  it("finds nothing where each key has an order of its own", () => {
    const history = [
      at("/a", operation("x", [0, 1], put(1), done)),
      at("/b", operation("x", [2, 3], put(2), done)),
      at("/b", operation("y", [2, 4], get, held(nothing))),
      at("/a", operation("y", [5, 6], get, held(1))),
    ];
    expect(judge(history)).toEqual([]);
  });

  it("tells a read that came late from a write that is lost", () => {
    const late = [
      operation("a", [0, 1], put(1), done),
      operation("a", [2, 3], put(2), done),
      operation("b", [4, 5], get, held(1)),
    ];
    expect(kinds(late)).toEqual(["stale read"]);
    const settled = operation("b", [6, 7], { kind: "get", settled: true }, held(1));
    expect(kinds([...late, settled])).toEqual(["broken write"]);
    expect(kinds([...late, operation("c", [6, 7], put(3, 1), done)])).toEqual(["broken write"]);
  });

  it("takes a value that nobody wrote, or that is yet to be written, for a broken write", () => {
    expect(kinds([operation("a", [0, 1], get, held(7))])).toEqual(["broken write"]);
    expect(kinds([operation("a", [0, 1], get, held(7)), operation("b", [2, 3], put(7), done)])).toEqual([
      "broken write",
    ]);
  });

  it("says which histories it did not check", () => {
    const many = Array.from({ length: 201 }, (_, at) => operation("a", [2 * at, 2 * at + 1], put(at + 1), done));
    expect(kinds(many.slice(1))).toEqual([]);
    expect(judge(many)).toMatchObject([
      { kind: "beyond limits", text: "/k was not checked: 201 operations, at most 200" },
    ]);
    const silent = Array.from({ length: 11 }, (_, at) => operation("a", [at, at], put(at + 1), unknown));
    expect(judge(silent)).toMatchObject([
      { kind: "beyond limits", text: "/k was not checked: 11 operations without an outcome, at most 10" },
    ]);
    const reads = silent.map((each) => ({ ...each, action: get }));
    expect(judge(reads)).toEqual([]);
  });

  it("shows the few operations that have no order, and not those before and beside them", () => {
    const before = Array.from({ length: 50 }, (_, at) => operation("a", [2 * at, 2 * at + 1], put(at + 1), done));
    const [finding] = judge([
      ...before,
      operation("a", [200, 204.25], put(60, 50), done),
      operation("b", [201, 206.5], put(61, 50), done),
      operation("c", [202, 203], get, held(50)),
      operation("d", [201.5, 201.5], create(62), unknown),
      operation("c", [300, 301], get, held(61)),
    ]);
    expect(finding?.text).toBe(
      [
        "/k held write 50; these operations have no order:",
        "  a  0.00 … 4.25 ms  write 60 over 50    → done",
        "  b  1.00 … 6.50 ms  write 61 over 50    → done       ◀ nothing explains this",
        "  d  1.50 …    ? ms  create as write 62  → no answer",
        "  before that could return, it held write 60",
      ].join("\n"),
    );
  });
});
