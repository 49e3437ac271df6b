import { describe, expect, it } from "vitest";
import { type Action, nothing, type Outcome } from "../../src/linearizability/history.js";
import { step } from "../../src/linearizability/register.js";
import { create, done, get, held, operation, put, refused, unknown } from "./histories.js";

const told = (before: number, action: Action, outcome: Outcome): unknown =>
  step(before, operation("a", [0, 1], action, outcome));
const remove: Action = { kind: "delete" };

describe("a register", () => {
  it("shows what it holds, and only that", () => {
    expect(told(7, get, held(7))).toBe(7);
    expect(told(7, get, held(nothing))).toBe("impossible");
  });

  it("is created only where there is nothing", () => {
    expect(told(nothing, create(1), done)).toBe(1);
    expect(told(7, create(1), done)).toBe("impossible");
    expect(told(7, create(1), refused)).toBe(7);
    expect(told(nothing, create(1), refused)).toBe("impossible");
  });

  it("is written over what it was compared with", () => {
    expect(told(7, put(8), done)).toBe(8);
    expect(told(7, put(8, 7), done)).toBe(8);
    expect(told(7, put(8, 6), done)).toBe("impossible");
    expect(told(7, put(8, 6), refused)).toBe(7);
    expect(told(7, put(8, 7), refused)).toBe("impossible");
  });

  it("is deleted, and says whether it was there", () => {
    expect(told(7, remove, { kind: "done", found: true })).toBe(nothing);
    expect(told(7, remove, { kind: "done", found: false })).toBe("impossible");
    expect(told(nothing, remove, { kind: "done", found: false })).toBe(nothing);
    expect(told(7, { kind: "delete", over: 7 }, done)).toBe(nothing);
    expect(told(7, { kind: "delete", over: 6 }, refused)).toBe(7);
  });

  it("does without a word what fits, or nothing", () => {
    expect(told(7, put(8), unknown)).toBe(8);
    expect(told(7, put(8, 6), unknown)).toBe(7);
    expect(told(7, create(8), unknown)).toBe(7);
  });
});
