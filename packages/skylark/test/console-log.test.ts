import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { consoleLog } from "../src/application/console-log.js";

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.spyOn(process.stderr, "write").mockImplementation((line: unknown, ...rest: unknown[]) => {
    lines.push(String(line));
    for (const arrived of rest) if (typeof arrived === "function") (arrived as () => void)();
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

describe("the framework's words", () => {
  it("are lines with the time, the level, who speaks, and what there is to add", () => {
    consoleLog("info", () => "grading")("warn", "it was slow", { tookMs: 7, why: "no idea" });
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} warn {2}grading: it was slow \{"tookMs":7,"why":"no idea"\}\n$/),
    ]);
  });

  it("are said from a level on", () => {
    const log = consoleLog("warn", () => "grading");
    for (const level of ["debug", "info", "warn", "error"] as const) log(level, level);
    expect(lines.map((line) => line.split(": ")[1])).toEqual(["warn\n", "error\n"]);
  });

  it("hold what peers say in one line, that steers no terminal", () => {
    consoleLog("info", () => "grading")("info", "first\n00:00:00.000 error forged\u001b[31m", { why: "second\nthird" });
    expect(lines).toHaveLength(1);
    const controls = (lines[0] ?? "")
      .trimEnd()
      .split("")
      .filter((letter) => letter < " ");
    expect(controls).toEqual([]);
  });

  it("are said although what there is to add cannot be written as JSON", () => {
    const circle: Record<string, unknown> = { big: 1n };
    circle["self"] = circle;
    consoleLog("info", () => "grading")("info", "odd", circle);
    expect(lines[0]).toContain("odd");
    expect(lines[0]).toContain("1n");
  });
});
