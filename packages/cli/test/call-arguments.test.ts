import { describe, expect, it } from "vitest";
import { UsageError } from "../src/failure.js";
import { callArgument, metadataPair, methodName } from "../src/options/call-arguments.js";

describe("the name of a method", () => {
  it("ends behind the last dot, since services may have dots in their names", () => {
    expect(methodName("grading.students")).toEqual({ service: "grading", method: "students" });
    expect(methodName("skylark.instance.heartbeat")).toEqual({ service: "skylark.instance", method: "heartbeat" });
  });

  it.each(["grading", "grading.", ".students", ""])("is refused where a part is missing: %j", (text) => {
    expect(() => methodName(text)).toThrow(UsageError);
    expect(() => methodName(text)).toThrow(/write <service>\.<method>/);
  });
});

describe("an argument of a call", () => {
  it("is JSON", () => {
    const texts = ["7", "-1.5", "true", "null", '"7"', '{"studentId":1,"grade":"A"}', "[1,[2]]"];
    expect(texts.map(callArgument)).toEqual([7, -1.5, true, null, "7", { studentId: 1, grade: "A" }, [1, [2]]]);
  });

  it("is a text where it is a bare word that is no JSON", () => {
    const texts = ["Ada", "2024-01-01", "a b", "", "0x10", "undefined"];
    expect(texts.map(callArgument)).toEqual(texts);
  });

  it.each(['{"a":1', "[1,", '"open', " {a:1}"])("is refused where JSON was meant and it is none: %j", (text) => {
    expect(() => callArgument(text)).toThrow(UsageError);
    expect(() => callArgument(text)).toThrow(/is not JSON .* single quotes/);
  });
});

describe("metadata", () => {
  it("collects pairs; a value may hold equals signs, and the last of one key wins", () => {
    expect(metadataPair("b==", metadataPair("a=1"))).toEqual({ a: "1", b: "=" });
    expect(metadataPair("a=2", { a: "1" })).toEqual({ a: "2" });
  });

  it.each(["a", "=1", ""])("is refused without a key: %j", (text) => {
    expect(() => metadataPair(text)).toThrow(UsageError);
  });
});
