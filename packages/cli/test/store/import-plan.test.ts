import type { Entry, Json, Revision } from "@skylark/coordination";
import { describe, expect, it } from "vitest";
import { importPlan } from "../../src/store/import-plan.js";

function entry(key: string, value: Json): Entry {
  return { key, value, revision: `r${key}` as Revision, owner: undefined };
}

describe("the plan of an import", () => {
  it("creates what is missing, compares what is there, leaves out what belongs to a session", () => {
    const exported = [
      { key: "/a", value: { x: [1, 2] } },
      { key: "/b", value: 2 },
      { key: "/c", value: 3 },
      { key: "/d", value: 4, ephemeral: true as const },
    ];
    const plan = importPlan(exported, [entry("/a", { x: [1, 2] }), entry("/b", 0), entry("/z", 1)]);
    expect(plan).toMatchObject({ created: 1, different: ["/b"], same: 1, leftOut: 1 });
    expect(plan.batches).toEqual([
      [
        { kind: "put", key: "/b", value: 2, revision: "r/b" },
        { kind: "create", key: "/c", value: 3 },
      ],
    ]);
  });

  it("cuts batches by count and by size", () => {
    const many = Array.from({ length: 130 }, (_, n) => ({ key: `/k/${n}`, value: n }));
    expect(importPlan(many, []).batches.map(({ length }) => length)).toEqual([64, 64, 2]);
    const large = Array.from({ length: 5 }, (_, n) => ({ key: `/k/${n}`, value: "x".repeat(400 * 1024) }));
    expect(importPlan(large, []).batches.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(importPlan([], []).batches).toEqual([]);
  });
});
