import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineLevels } from "../../src/line/level.js";
import { lineText, readLine } from "../../src/line/line-text.js";

const received = "2026-11-20T10:00:00.000Z";

const anyLine = fc.record({
  source: fc.record({ origin: fc.string({ unit: "binary" }), instance: fc.string() }),
  line: fc.record(
    {
      time: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString()),
      sequence: fc.nat(),
      level: fc.constantFrom(...lineLevels),
      message: fc.string({ unit: "binary", maxLength: 300 }),
      request: fc.string({ unit: "binary" }),
      fields: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3, stringUnit: "binary" })),
    },
    { requiredKeys: ["time", "sequence", "level", "message"] },
  ),
});

const namesPrototype = {
  source: { origin: "o", instance: "i" },
  line: {
    time: received,
    sequence: 1,
    level: "info" as const,
    message: "",
    fields: { deep: JSON.parse('{"__proto__":""}') as string },
  },
};

describe("a line in a segment", () => {
  it("is one line of text whatever it holds, and reads as it was written but for keys that name a prototype", () => {
    const withoutPrototype = (key: string, value: unknown): unknown => (key === "__proto__" ? undefined : value);
    fc.assert(
      fc.property(anyLine, ({ source, line }) => {
        const text = lineText(source, line, received);
        expect(text.indexOf("\n")).toBe(text.length - 1);
        const back = readLine(Buffer.from(text).toString("utf8"));
        expect(back).toEqual(JSON.parse(JSON.stringify({ ...source, ...line, received }), withoutPrototype));
      }),
      { numRuns: 500, examples: [[namesPrototype]] },
    );
  });

  it("keeps control characters and escape sequences as they were sent", () => {
    const message = "\u001b[31mred\u001b[0m\r\n\u0000\u0085\u2028 end";
    const text = lineText(
      { origin: "o", instance: "i" },
      { time: received, sequence: 1, level: "warn", message },
      received,
    );
    expect(readLine(text)?.message).toBe(message);
  });

  it("is none where it is damaged, of another shape, or deeper than can be sent", () => {
    const whole = lineText(
      { origin: "o", instance: "i" },
      { time: received, sequence: 1, level: "info", message: "m" },
      received,
    );
    expect(readLine(whole)).toBeDefined();
    const deep = `${"[".repeat(100)}${"]".repeat(100)}`;
    const others = [
      "",
      "null",
      "7",
      "[]",
      "{}",
      whole.slice(0, -5),
      whole.replace('"info"', '"loud"'),
      whole.replace('"sequence":1', '"sequence":"1"'),
      whole.replace('"message":"m"', '"message":"m","fields":7'),
      whole.replace('"message":"m"', `"message":"m","fields":{"deep":${deep}}`),
    ];
    for (const other of others) expect(readLine(other)).toBeUndefined();
  });
});
