import { describe, expect, it } from "vitest";
import { UsageError } from "../src/failure.js";
import { instantOf, logQuery } from "../src/options/log-options.js";
import { run } from "../src/run.js";
import { recordedTerminal } from "./recorded-terminal.js";

const now = Date.parse("2026-11-20T12:00:00.000Z");

describe("which lines of the log", () => {
  it("are so young: so long ago, or since a date", () => {
    expect(instantOf("90s", now)).toBe("2026-11-20T11:58:30.000Z");
    expect(instantOf("1h", now)).toBe("2026-11-20T11:00:00.000Z");
    expect(instantOf("2d", now)).toBe("2026-11-18T12:00:00.000Z");
    expect(instantOf("2026-11-20T10:00:00Z", now)).toBe("2026-11-20T10:00:00.000Z");
    expect(instantOf("2026-11-20", now)).toBe("2026-11-20T00:00:00.000Z");
    for (const text of ["", "soon", "-1h", "20.11.2026", "2026-13-40", "9".repeat(400), "99999d".repeat(2)]) {
      expect(() => instantOf(text, now), text).toThrow(UsageError);
    }
  });

  it("are the newest hundred where nothing is said, and all where a time or a request is", () => {
    expect(logQuery({}, undefined)).toMatchObject({ last: 100, text: undefined });
    expect(logQuery({ service: "grading", level: "warn", follow: true }, "slow")).toMatchObject({
      origin: "grading",
      level: "warn",
      text: "slow",
      follow: true,
      last: 100,
    });
    expect(logQuery({ since: "2026-11-20T10:00:00.000Z" }, undefined).last).toBeUndefined();
    expect(logQuery({ request: "r1" }, undefined).last).toBeUndefined();
    expect(logQuery({ request: "r1", last: 5 }, undefined).last).toBe(5);
  });

  it("are refused where they make no sense, by name", async () => {
    for (const [flag, text] of [
      ["--level", "loud"],
      ["--since", "soon"],
      ["--last", "many"],
    ] as const) {
      const terminal = recordedTerminal();
      expect(await run(["logs", flag, text], terminal)).toBe(2);
      expect(terminal.remarks()).toContain(`"${text}" is no`);
    }
  });
});
