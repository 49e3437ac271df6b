import { describe, expect, it } from "vitest";
import { boundedFields, boundedFieldsText, boundedMessage } from "../../src/line/bounds.js";
import { lineLimits } from "../../src/line/line.js";

const { messageBytesMax, fieldsBytesMax, fieldsDepthMax } = lineLimits;

/** Lists inside each other. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe("a message", () => {
  it("is kept whole up to its limit", () => {
    for (const message of ["", "hello", "x".repeat(messageBytesMax), "é".repeat(messageBytesMax / 2)]) {
      expect(boundedMessage(message)).toBe(message);
    }
  });

  it("is cut where it is longer, between two letters, and says how much is missing", () => {
    for (const letter of ["x", "é", "€", "😀"]) {
      const message = letter.repeat(50_000);
      const kept = boundedMessage(message);
      const [, text = "", cut, of] = /^(.*) … \(cut: (\d+) of (\d+) bytes\)$/u.exec(kept) ?? [];
      expect(message.startsWith(text)).toBe(true);
      expect(Number(of)).toBe(Buffer.byteLength(message));
      expect(Number(cut)).toBe(Buffer.byteLength(message) - Buffer.byteLength(text));
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(messageBytesMax);
      expect(Buffer.byteLength(kept)).toBeGreaterThan(messageBytesMax - 64);
    }
  });

  it("may be as long as a text can be", () => {
    expect(Buffer.byteLength(boundedMessage("x".repeat(100_000_000)))).toBeLessThanOrEqual(messageBytesMax);
  });
});

describe("the fields of a line", () => {
  it("are kept as they are, as far as they are JSON", () => {
    const fields = { user: 7, tags: ["a", "b"], nested: { ok: true, nothing: null } };
    expect(boundedFields(fields)).toEqual(fields);
    expect(JSON.parse(boundedFieldsText(fields))).toEqual(fields);
    expect(boundedFields({ big: 12n, at: new Date(0), none: undefined })).toEqual({
      big: "12",
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  it("are replaced by a word where they are too much: too heavy, too deep, a circle, no object at all", () => {
    const heavy = { text: "é".repeat(fieldsBytesMax / 2) };
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const failing = {
      get value(): never {
        throw new Error("do not look");
      },
    };
    expect(boundedFields(heavy)).toEqual({ cut: "the fields weigh 8203 bytes; 8192 are kept at most" });
    for (const fields of [circle, failing, { toJSON: () => 7 }, { toJSON: () => undefined }]) {
      expect(boundedFields(fields)).toEqual({ cut: "the fields have no JSON form" });
    }
    expect(boundedFields({ deep: nested(fieldsDepthMax - 1) })).not.toHaveProperty("cut");
    for (const levels of [fieldsDepthMax, 3000, 200_000]) {
      expect(Object.keys(boundedFields({ deep: nested(levels) }))).toEqual(["cut"]);
      expect(Object.keys(JSON.parse(boundedFieldsText({ deep: nested(levels) })) as object)).toEqual(["cut"]);
    }
  });

  it("name no prototype, however it is spelled", () => {
    for (const key of ["__proto__", "\\u005f_proto__"]) {
      const fields = JSON.parse(`{"${key}": {"admin": true}, "user": 7}`) as Record<string, unknown>;
      expect(Object.keys(boundedFields(fields))).toEqual(["user"]);
    }
  });
});
