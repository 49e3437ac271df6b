import { SkylarkError } from "@skylark/core";
import type { InstanceOverride } from "@skylark/discovery";
import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { exitCodeOf, NothingFound, UsageError } from "../src/failure.js";
import { changeText } from "../src/output/change-text.js";
import { errorJson, errorLine } from "../src/output/error.js";
import { jsonLine, jsonText } from "../src/output/json.js";
import { wantsColours } from "../src/output/terminal.js";
import { listed } from "./listed.js";

describe("JSON", () => {
  it("is written over several lines, or on one for streams", () => {
    expect(jsonText({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}\n');
    expect(jsonLine({ a: [1] })).toBe('{"a":[1]}\n');
  });

  it("has a way of writing what it has no word for", () => {
    expect(jsonLine(undefined)).toBe("null\n");
    const value = {
      bytes: Buffer.from("sky"),
      view: new Uint8Array([1, 2]),
      big: 2n ** 64n,
      at: new Date(0),
      map: new Map([["a", 1]]),
      set: new Set([1, 2]),
      none: undefined,
    };
    expect(JSON.parse(jsonLine(value))).toEqual({
      bytes: { base64: "c2t5" },
      view: { base64: "AQI=" },
      big: "18446744073709551616",
      at: "1970-01-01T00:00:00.000Z",
      map: { a: 1 },
      set: [1, 2],
    });
  });
});

describe("an error", () => {
  const error = new SkylarkError("unavailable", "2 things are wrong:\n- one\n- two\u001b[2J", {
    reason: "NO_INSTANCE",
    details: { key: "port" },
  });

  it("is one line that cannot write over the screen", () => {
    expect(errorLine(error)).toBe("sky: unavailable: 2 things are wrong: - one - two [2J\n");
  });

  it("OPS-1.7 is one line of JSON with code, reason, message and details", () => {
    const { message } = error;
    expect(errorJson(error)).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(errorJson(error))).toEqual({
      error: { code: "unavailable", reason: "NO_INSTANCE", message, details: { key: "port" } },
    });
    expect(JSON.parse(errorJson(new SkylarkError("internal", "x")))).toEqual({
      error: { code: "internal", reason: null, message: "x", details: null },
    });
  });

  it("has the exit code of its kind", () => {
    expect(exitCodeOf(error)).toBe(1);
    expect(exitCodeOf(new UsageError("x"))).toBe(2);
    expect(exitCodeOf(new NothingFound("x"))).toBe(3);
    expect(new NothingFound("x", { code: "unavailable" })).toMatchObject({ code: "unavailable", name: "SkylarkError" });
  });
});

describe("a change, in a line for people", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5);
  const plain = createColors(false);
  const instance = listed({ id: "k3f9" });

  it("says when, what, and who", () => {
    const line = changeText({ kind: "joined", instance }, at, plain);
    expect(line).toBe("03:04:05  joined           grading 1.2.0  k3f9  127.0.0.1:4000  mars\n");
  });

  it("says why somebody is marked down, and who says so, on one line", () => {
    const marked = (mark: InstanceOverride["mark"]) =>
      changeText({ kind: "markedDown", instance: { ...instance, state: "markedDown", override: { mark } } }, at, plain);
    expect(marked({ why: "no\nanswer", by: "registry" })).toMatch(/  mars  no answer, says registry\n$/);
    expect(marked({ strange: true })).toMatch(/  mars\n$/);
  });

  it("has a word for each kind", () => {
    const words = (change: Parameters<typeof changeText>[0]) => changeText(change, at, plain).slice(10, 27).trim();
    expect(words({ kind: "joined", instance: { ...instance, state: "outOfRotation" } })).toBe("joined, idle");
    expect(words({ kind: "left", instance, orderly: true })).toBe("left");
    expect(words({ kind: "left", instance, orderly: false })).toBe("lost");
    expect(words({ kind: "inRotation", instance })).toBe("in rotation");
    expect(words({ kind: "outOfRotation", instance })).toBe("out of rotation");
    expect(words({ kind: "leaving", instance })).toBe("leaving");
    expect(words({ kind: "markedDown", instance })).toBe("marked down");
    expect(words({ kind: "changed", instance })).toBe("changed");
  });
});

describe("colours", () => {
  it("are for a terminal whose owner wants them", () => {
    expect(wantsColours(true, {})).toBe(true);
    expect(wantsColours(true, { NO_COLOR: "" })).toBe(true);
    expect(wantsColours(true, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColours(true, { TERM: "dumb" })).toBe(false);
    expect(wantsColours(undefined, {})).toBe(false);
    expect(wantsColours(false, { FORCE_COLOR: "1" })).toBe(false);
  });
});
