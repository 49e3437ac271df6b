import type { LogLine } from "@skylark/logs";
import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { LogText, visible } from "../../src/logs/log-text.js";

const today = new Date(2026, 10, 20, 18, 0, 0);

function line(more: Partial<LogLine> = {}): LogLine {
  const time = new Date(2026, 10, 20, 12, 0, 1, 23).toISOString();
  return {
    time,
    received: time,
    origin: "grading",
    instance: "i-1",
    sequence: 1,
    level: "info",
    message: "hello",
    ...more,
  };
}

function plain(...lines: LogLine[]): string {
  const text = new LogText(createColors(false), today);
  return lines.map((each) => text.line(each)).join("");
}

describe("a line of the log", () => {
  it("shows time, level, who said it, and what, in columns", () => {
    expect(plain(line(), line({ level: "warn", message: "watch out" }))).toBe(
      "12:00:01.023  info   grading  hello\n12:00:01.023  warn   grading  watch out\n",
    );
  });

  it("shows the day where it is not today", () => {
    const time = new Date(2026, 10, 19, 23, 59, 59, 999).toISOString();
    expect(plain(line({ time }))).toBe("2026-11-19 23:59:59.999  info   grading  hello\n");
  });

  it("widens the column of names as they come", () => {
    expect(plain(line({ origin: "log" }), line(), line({ origin: "log" }))).toBe(
      [
        "12:00:01.023  info   log  hello",
        "12:00:01.023  info   grading  hello",
        "12:00:01.023  info   log      hello",
        "",
      ].join("\n"),
    );
  });

  it("shows fields and the request behind the message, and the stack of an error below it", () => {
    const fields = {
      ms: 31,
      path: "/students",
      who: "Ada L",
      deep: { a: [1] },
      err: { type: "Error", stack: "Error: no\n    at x.ts:1" },
    };
    expect(plain(line({ fields, request: "r-1" }))).toBe(
      [
        '12:00:01.023  info   grading  hello  ms=31 path=/students who="Ada L" deep={"a":[1]} request=r-1',
        "    Error: no",
        "        at x.ts:1",
        "",
      ].join("\n"),
    );
  });

  it("shows further lines of a message below it, so that none looks like a line of its own", () => {
    expect(plain(line({ message: "Error: no\r\n    at x.ts:1\n12:00:01.023  info   portal  forged" }))).toBe(
      [
        "12:00:01.023  info   grading  Error: no",
        "        at x.ts:1",
        "    12:00:01.023  info   portal  forged",
        "",
      ].join("\n"),
    );
  });

  it("shows what would steer a terminal, wherever it stands, and lets none of it through", () => {
    const evil = "\u001b[2J\u0007\u009b1m\u202eabc\u200b\u0000\r";
    const shown = plain(
      line({
        message: `${evil}\n${evil}`,
        origin: evil,
        request: evil,
        fields: { [evil]: evil, err: { stack: evil } },
      }),
    );
    // oxlint-disable-next-line no-control-regex -- these must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
    expect(shown).toContain("\\x1b[2J\\x07\\x9b1m\\u202eabc\\u200b\\x00\\x0d");
    expect(visible("a\tb")).toBe("a  b");
    expect(visible("Zürich 学生 😀 élan")).toBe("Zürich 学生 😀 élan");
  });

  it("is painted by its level, for terminals", () => {
    const text = new LogText(createColors(true), today);
    expect(text.line(line({ level: "error" }))).toContain("\u001b[31merror\u001b[39m");
    expect(text.line(line({ level: "warn" }))).toContain("\u001b[33mwarn \u001b[39m");
  });

  it("is shown all the same where its time is none", () => {
    expect(plain(line({ time: "yesterday" }))).toBe("at no time    info   grading  hello\n");
  });
});
