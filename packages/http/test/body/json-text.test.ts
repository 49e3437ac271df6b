import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/body/json-text.js";

describe("JSON from outside", () => {
  it("is read as it says", () => {
    const text = '{"name":"Ann \\"A\\" [Lee]","grades":[1.5,null,true,{"a":[]}],"\\u0061":"{{{{"}';
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it.each(["{", "nothing", "[1,]", '{"a":1}x', "\u0000", "{'a':1}"])("is refused where it is none: %j", (text) => {
    expect(() => parseJson(text)).toThrow("the body is no JSON");
  });

  it("is refused below 64 levels, before anything is built", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(parseJson(nested(64))).toBeInstanceOf(Array);
    expect(() => parseJson(nested(65))).toThrow("more than 64 levels deep");
    expect(() => parseJson('{"a":'.repeat(10_000))).toThrow("more than 64 levels deep");
    expect(() => parseJson("[".repeat(4_000_000))).toThrow("more than 64 levels deep");
  });

  it("may say many brackets in a text, or side by side", () => {
    expect(parseJson(JSON.stringify("[".repeat(1000)))).toBe("[".repeat(1000));
    expect(parseJson(`[${"[],".repeat(1000)}0]`)).toHaveLength(1001);
  });

  it.each(['{"__proto__":{"polluted":true}}', '[{"a":{"__proto__":1}}]', '{"\\u005f_proto\\u005f_":{}}'])(
    "never names a prototype: %s",
    (text) => {
      expect(() => parseJson(text)).toThrow('has an object with a key "__proto__"');
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    },
  );

  it("may speak of prototypes", () => {
    expect(parseJson('{"a":"__proto__"}')).toEqual({ a: "__proto__" });
  });
});
