import { describe, expect, it } from "vitest";
import { jsonOf } from "../../src/body/json-form.js";

class Student {
  readonly id = 7;
  readonly #secret = "hidden";
  get secret(): string {
    return this.#secret;
  }
}

describe("the JSON of a result", () => {
  it.each<[value: unknown, json: string]>([
    [null, "null"],
    ["é\u2028\ud800", '"é\u2028\\ud800"'],
    [[1.5, true, [], {}], "[1.5,true,[],{}]"],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [new Student(), '{"id":7}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [{ toJSON: () => ({ a: [new Date(0)] }) }, '{"a":["1970-01-01T00:00:00.000Z"]}'],
    [new URL("http://a/"), '"http://a/"'],
  ])("HTTP-CALL-6 of %o is %s", (value, json) => {
    expect(jsonOf(value, "grading.students")).toBe(json);
  });

  const circle: { self?: unknown } = {};
  circle.self = [circle];
  const prototyped = JSON.parse('{"a":{"__proto__":1}}') as unknown;

  it.each<[value: unknown, why: string]>([
    [1n, "result is a bigint"],
    [{ items: [{ id: 1 }, { id: 2n }] }, "result.items[1].id is a bigint"],
    [new Map(), "result is a Map"],
    [{ "two words": new Set() }, 'result["two words"] is a Set'],
    [[() => 1], "result[0] is a function"],
    [[Symbol("s")], "result[0] is a symbol"],
    [Number.NaN, "result is NaN"],
    [[Number.NEGATIVE_INFINITY], "result[0] is -Infinity"],
    [new Uint8Array(3), "result is a Uint8Array"],
    [{ data: Buffer.from("x") }, "result.data is a Uint8Array: send base64"],
    [new DataView(new ArrayBuffer(1)), "result is a DataView"],
    [new ArrayBuffer(1), "result is an ArrayBuffer"],
    [/x/, "result is a RegExp"],
    [new Error("x"), "result is an Error"],
    [Promise.resolve(), "result is a Promise"],
    [new Date(Number.NaN), "result is an invalid Date"],
    [[undefined], "result[0] is undefined"],
    [new Array(2), "result[0] is undefined"],
    [circle, "more than 64 levels deep: does it hold itself?"],
    [prototyped, "result.a.__proto__ is a key that no receiver takes"],
    [{ toJSON: () => 1n }, "result is a bigint"],
  ])("HTTP-CALL-6 of %o is none, and the place is named", (value, why) => {
    const refusal = expect.objectContaining({ code: "internal", message: expect.stringContaining(why) });
    expect(() => jsonOf(value, "grading.students")).toThrow(refusal);
    expect(() => jsonOf(value, "grading.students")).toThrow("the result of grading.students has no JSON form: ");
  });

  it("is none where a getter fails, and what that says is told", () => {
    const failing = {
      get total(): number {
        throw new Error("no total yet");
      },
    };
    expect(() => jsonOf(failing, "grading.students")).toThrow(
      "the result of grading.students cannot be read: no total yet",
    );
  });

  it("of lists as deep as the limit is as deep", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(jsonOf(nested(64), "deep")).toHaveLength(129);
    expect(() => jsonOf(nested(65), "deep")).toThrow("more than 64 levels deep");
  });
});
