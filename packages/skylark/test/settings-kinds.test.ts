import { defineSettings, loadSettings, type Setting, setting } from "skylark";
import { describe, expect, it } from "vitest";
import { z } from "zod";

/** What a setting makes of a text and of a JSON value; "refused" where it takes neither. */
const text = (of: Setting<unknown>, raw: string): unknown => valueOf(of.readText(raw));
const json = (of: Setting<unknown>, raw: unknown): unknown => valueOf(of.readValue(raw));

function valueOf(reading: ReturnType<Setting<unknown>["readText"]>): unknown {
  return reading.kind === "value" ? reading.value : "refused";
}

const flagsOf = (of: Setting<unknown>, ...argv: string[]): unknown =>
  loadSettings(defineSettings({ it: of }), { argv, env: {} }).values.it;

describe("settings of each kind", () => {
  it("string takes any text, or what its pattern allows", () => {
    expect(text(setting.string(), "")).toBe("");
    expect(json(setting.string(), 3)).toBe("refused");
    const name = setting.string({ pattern: /^[a-z]+$/, allowed: "small letters" });
    expect([text(name, "abc"), text(name, "a1"), json(name, "A")]).toEqual(["abc", "refused", "refused"]);
    expect(name.readText("1")).toEqual({ kind: "refused", allowed: "small letters" });
  });

  it("integer takes whole numbers in its range", () => {
    const five = setting.integer({ min: -5, max: 5 });
    expect(["5", "-5", "+3", " 2 "].map((raw) => text(five, raw))).toEqual([5, -5, 3, 2]);
    for (const raw of ["6", "1.5", "", " ", "1e1", "0x1", "five", "NaN", "9007199254740993"])
      expect(text(five, raw)).toBe("refused");
    expect([json(five, 4), json(five, "4"), json(five, 4.5), json(five, null)]).toEqual([
      4,
      "refused",
      "refused",
      "refused",
    ]);
  });

  it("number takes fractions, and never what is not finite", () => {
    const ratio = setting.number({ max: 1 });
    expect(["0.25", "-1e-3", "1"].map((raw) => text(ratio, raw))).toEqual([0.25, -0.001, 1]);
    for (const raw of ["1.01", "Infinity", "NaN", "", "1,5"]) expect(text(ratio, raw)).toBe("refused");
    expect(json(ratio, Number.NaN)).toBe("refused");
  });

  it("boolean takes the usual words, in a file only true and false", () => {
    const flag = setting.boolean();
    expect(["true", "YES", "on", "1", "false", "no", "Off", "0"].map((raw) => text(flag, raw))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect([text(flag, "maybe"), json(flag, "true"), json(flag, false)]).toEqual(["refused", "refused", false]);
  });

  it("durationMs takes milliseconds and texts with a unit, from 0 on by default", () => {
    const wait = setting.durationMs({ max: 3_600_000 });
    expect(["500", "500ms", "2s", "1.5 m", "1h", "0"].map((raw) => text(wait, raw))).toEqual([
      500, 500, 2000, 90_000, 3_600_000, 0,
    ]);
    for (const raw of ["2h", "-1s", "s", "", "2 days"]) expect(text(wait, raw)).toBe("refused");
    expect([json(wait, "2s"), json(wait, 250), json(wait, -1), json(wait, true)]).toEqual([
      2000,
      250,
      "refused",
      "refused",
    ]);
  });

  it("oneOf takes its words and no other", () => {
    const level = setting.oneOf(["low", "high"]);
    expect([text(level, "low"), text(level, "Low"), json(level, "high"), json(level, 1)]).toEqual([
      "low",
      "refused",
      "high",
      "refused",
    ]);
  });

  it("list takes commas, arrays and repeated flags", () => {
    const tags = setting.list({ flag: "tag", default: [] });
    expect(text(tags, "a, b,,c ")).toEqual(["a", "b", "c"]);
    expect([json(tags, ["a", "b"]), json(tags, ["a", 1]), json(tags, "a")]).toEqual([["a", "b"], "refused", "refused"]);
    expect(flagsOf(tags, "--tag", "a", "other", "--tag=b,c")).toEqual(["a", "b", "c"]);
  });

  it("schema takes a text as it stands, else as JSON, and says what the schema says", () => {
    expect(text(setting.schema(z.string()), "12")).toBe("12");
    expect(text(setting.schema(z.number()), "12")).toBe(12);
    const limits = setting.schema(z.object({ most: z.number().max(9) }));
    expect(text(limits, '{"most":3}')).toEqual({ most: 3 });
    expect(limits.readValue({ most: 10 })).toMatchObject({
      kind: "refused",
      allowed: expect.stringContaining("most: "),
    });
    expect(text(limits, "{most")).toBe("refused");
  });

  it("schema takes its default from the schema where that has one", () => {
    expect(setting.schema(z.number().default(4)).fallback).toEqual({ kind: "default", value: 4 });
    expect(setting.schema(z.number()).fallback).toEqual({ kind: "required" });
  });

  it("schema refuses a schema that answers by a promise", () => {
    const later = setting.schema(z.string().refine(() => Promise.resolve(true)));
    expect(later.readValue("x")).toMatchObject({ kind: "refused", allowed: expect.stringContaining("promise") });
  });
});

describe("flags", () => {
  it("need no value for a boolean, and no- turns it off", () => {
    const verbose = setting.boolean({ flag: "verbose", default: false });
    expect(flagsOf(verbose, "--verbose")).toBe(true);
    expect(flagsOf(verbose, "--verbose", "--no-verbose")).toBe(false);
    expect(flagsOf(verbose, "--verbose=off")).toBe(false);
    expect(flagsOf(setting.boolean({ flag: "no-cache", default: false }), "--no-cache")).toBe(true);
  });

  it("of other kinds have no no-", () => {
    expect(flagsOf(setting.integer({ flag: "port", default: 3 }), "--no-port")).toBe(3);
  });

  it("take their value behind a space or an equals sign, the last one wins", () => {
    const port = setting.integer({ flag: "port", default: 0 });
    expect(flagsOf(port, "--port", "1", "--port=2")).toBe(2);
    expect(flagsOf(port, "--port", "-5")).toBe(-5);
  });

  it("do not take the next flag for their value", () => {
    const name = setting.string({ flag: "name", default: "" });
    expect(() => flagsOf(name, "--name", "--other")).toThrow("without a value by flag --name");
    expect(flagsOf(name, "--name=--other")).toBe("--other");
  });

  it("that are no settings are the program's own, and so is everything behind --", () => {
    const port = setting.integer({ flag: "port", default: 0 });
    expect(flagsOf(port, "serve", "--unknown", "x", "-v", "--port", "3", "--", "--port", "4")).toBe(3);
  });
});

describe("a definition", () => {
  it("refuses two settings that read the same variable or flag", () => {
    const both = (options: { env?: string; flag?: string }) => () =>
      defineSettings({ one: setting.string(options), other: setting.string(options) });
    expect(both({ env: "NAME" })).toThrow('settings "one" and "other" cannot both be read from NAME');
    expect(both({ flag: "name" })).toThrow('settings "one" and "other" cannot both be read from --name');
  });

  it("refuses names that cannot be one", () => {
    expect(() => defineSettings({ "a.b": setting.string() })).toThrow("a.b");
    expect(() => defineSettings({ a: setting.string({ env: "" }) })).toThrow("without a name");
    expect(() => defineSettings({ a: setting.string({ flag: "--a" }) })).toThrow("--a");
  });

  it("refuses a default that is not allowed", () => {
    expect(() => setting.integer({ default: 9, max: 5 })).toThrow(
      "cannot have the default 9: allowed is a whole number at most 5",
    );
  });
});
