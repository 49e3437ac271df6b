import { describe, expect, it } from "vitest";
import { decide, type Found, guardsMax, guess, type View } from "../../src/drivers/etcd/write-plan.js";
import type { Revision } from "../../src/index.js";
import type { StoredOperation } from "../../src/state/operation.js";

const put = (key: string, revision?: string): StoredOperation => ({
  kind: "put",
  key,
  json: "1",
  revision: revision as Revision,
});
const create = (key: string, ephemeral = false): StoredOperation => ({ kind: "create", key, json: "1", ephemeral });
const remove = (key: string): StoredOperation => ({ kind: "delete", key, revision: undefined });

function view(entries: Record<string, Partial<Found>> = {}, below: Record<string, string[]> = {}): View {
  const found = Object.entries(entries).map(([key, each]) => [key, { revision: 5n, lease: 0n, ...each }] as const);
  return { revision: 9n, entries: new Map(found), below: new Map(Object.entries(below)) };
}

describe("a plan made without looking", () => {
  it("puts on condition that nobody owns the entry, nor one above it", () => {
    expect(guess([put("/a/b")])).toEqual({
      kind: "write",
      guards: [
        { kind: "persistent", key: "/a/b" },
        { kind: "persistent", key: "/a" },
      ],
      steps: [{ kind: "put", key: "/a/b", json: "1", lease: 0n }],
    });
  });

  it("COORD-2.3 puts on a revision whoever owns that, and leaves it to them", () => {
    expect(guess([put("/a/b", "5")])).toEqual({
      kind: "write",
      guards: [{ kind: "revision", key: "/a/b", revision: 5n }],
      steps: [{ kind: "put", key: "/a/b", json: "1", lease: "kept" }],
    });
  });

  it("makes ephemeral what is absent and has nothing below", () => {
    expect(guess([create("/e", true)])).toEqual({
      kind: "write",
      guards: [
        { kind: "revision", key: "/e", revision: 0n },
        { kind: "nothing new below", key: "/e", since: 0n },
      ],
      steps: [{ kind: "put", key: "/e", json: "1", lease: "own" }],
    });
  });

  it("is not made where keys lie above one another, or in too many folders", () => {
    expect(guess([remove("/a"), create("/a/b")])).toBeUndefined();
    expect(guess(Array.from({ length: 64 }, (_, n) => create(`/a/${n}/b`, true)))).toBeUndefined();
  });
});

describe("a plan made of what is there", () => {
  it("COORD-2.3 a put carries the lease on", () => {
    const decision = decide([put("/e")], view({ "/e": { lease: 7n } }));
    expect(decision).toMatchObject({ kind: "write", steps: [{ key: "/e", lease: 7n }] });
    expect(decision).toMatchObject({ guards: [{ kind: "revision", key: "/e", revision: 5n }] });
  });

  it.each([
    ["already_exists", create("/a"), view({ "/a": {} })],
    ["aborted", put("/a", "4"), view({ "/a": {} })],
    ["aborted", put("/a", "no revision of etcd"), view({ "/a": {} })],
    ["aborted", put("/a", "5"), view()],
    ["failed_precondition", put("/e/below"), view({ "/e": { lease: 7n } })],
    ["failed_precondition", create("/a", true), view({}, { "/a": ["/a/b"] })],
  ])("refuses with %s what does not fit", (code, operation, seen) => {
    expect(decide([operation], seen)).toMatchObject({ kind: "refused", error: { code } });
  });

  it("COORD-2.5 counts what the same write makes and takes away", () => {
    const owned = view({ "/e": { lease: 7n } });
    expect(decide([remove("/e"), create("/e/below")], owned)).toMatchObject({ kind: "write" });
    expect(decide([create("/f", true), create("/f/below")], view())).toMatchObject({ kind: "refused" });
    const above = view({ "/a/b": {} }, { "/a": ["/a/b"] });
    expect(decide([create("/a", true), remove("/a/b")], above)).toMatchObject({ kind: "write" });
  });

  it("guards no more than one transaction holds, its own keys first", () => {
    const decision = decide(
      Array.from({ length: 64 }, (_, n) => create(`/a/${n}/e`, n % 2 === 0)),
      view(),
    );
    const guards = decision.kind === "write" ? decision.guards : [];
    expect(guards).toHaveLength(guardsMax);
    expect(guards.filter(({ kind }) => kind === "revision")).toHaveLength(64);
    expect(guards.filter(({ kind }) => kind === "nothing new below")).toHaveLength(32);
  });
});
