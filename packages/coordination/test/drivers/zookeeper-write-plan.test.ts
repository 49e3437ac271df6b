import type { MultiOperation, Stat } from "@skylark/zookeeper";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guessWrite } from "../../src/drivers/zookeeper/guess.js";
import { NodeSpace } from "../../src/drivers/zookeeper/node-space.js";
import { revisionOf } from "../../src/drivers/zookeeper/stored-node.js";
import type { Survey } from "../../src/drivers/zookeeper/survey.js";
import { type Planned, planWrite } from "../../src/drivers/zookeeper/write-plan.js";
import type { Json, Operation } from "../../src/index.js";
import { storedOperation } from "../../src/state/operation.js";

const space = new NodeSpace("");
const plain = {
  ...{ czxid: 5n, mzxid: 5n, pzxid: 5n, ctime: 0, mtime: 0, version: 3, cversion: 0, aversion: 0 },
  ...{ ephemeralOwner: 0n, dataLength: 1, numChildren: 0 },
} satisfies Stat;
const way = { ...plain, dataLength: 0 };
const ephemeral = { ...plain, ephemeralOwner: 7n };

/** Every guard has version 9. */
function plan(nodes: Record<string, Stat>, operations: Operation[], below: Survey["below"] = new Map()): Planned {
  const guards = new Map(space.guards.map((path) => [path, 9]));
  const survey = { nodes: new Map(Object.entries(nodes)), guards, below };
  return planWrite(operations.map(storedOperation), survey, { space, acl: undefined });
}

/** `check /a 3`, `create /a`, `setData /a`, …; checks and writes of guards as `guard? /a` and `guard! /a`. */
function stepsOf(planned: Planned, ...keys: string[]): string[] {
  if (planned.kind === "refused") return [planned.error.code];
  const names = new Map(keys.map((key) => [space.guardOf(key), key]));
  return planned.steps.map((step: MultiOperation) => {
    const guarded = names.get(step.path);
    if (guarded !== undefined) return `guard${step.kind === "check" ? "?" : "!"} ${guarded}`;
    const version = "version" in step && step.version !== undefined ? ` ${step.version}` : "";
    const mode = step.kind === "create" && step.mode === "ephemeral" ? " ephemeral" : "";
    return `${step.kind} ${step.path}${version}${mode}`;
  });
}

const revision = revisionOf(plain);

describe("planWrite", () => {
  it("creates with the ways that lead there, and writes the guard of each", () => {
    const planned = plan({}, [{ kind: "create", key: "/a/b", value: 1 }]);
    expect(stepsOf(planned, "/a", "/a/b")).toEqual(["create /a", "create /a/b", "guard! /a", "guard! /a/b"]);
  });

  it("puts over whatever is there, and over one revision only behind its guard", () => {
    expect(stepsOf(plan({ "/a": plain }, [{ kind: "put", key: "/a", value: 1 }]), "/a")).toEqual(["setData /a"]);
    const conditional = plan({ "/a": plain }, [{ kind: "put", key: "/a", value: 1, revision }]);
    expect(stepsOf(conditional, "/a")).toEqual(["guard? /a", "setData /a 3"]);
  });

  it("refuses what does not fit", () => {
    const other = revisionOf({ czxid: 4n, version: 3 });
    expect(stepsOf(plan({ "/a": plain }, [{ kind: "create", key: "/a", value: 1 }]))).toEqual(["already_exists"]);
    for (const operation of [
      { kind: "put", key: "/a", value: 1, revision: other },
      { kind: "delete", key: "/a", revision: other },
      { kind: "check", key: "/a", revision: other },
      { kind: "check", key: "/a", revision: undefined },
      { kind: "check", key: "/absent", revision },
    ] as Operation[]) {
      expect(stepsOf(plan({ "/a": plain }, [operation]))).toEqual(["aborted"]);
    }
    const below = plan({ "/a": ephemeral }, [{ kind: "put", key: "/a/b", value: 1 }]);
    expect(stepsOf(below)).toEqual(["failed_precondition"]);
  });

  it("makes an entry of a way, under the condition that it is still that way", () => {
    const planned = plan({ "/a": way }, [{ kind: "create", key: "/a", value: 1 }]);
    expect(stepsOf(planned, "/a")).toEqual(["guard? /a", "setData /a 3"]);
  });

  it("makes an ephemeral entry where ways were, which go first, the deepest at the beginning", () => {
    const below = new Map([
      [
        "/a",
        new Map([
          ["/a/b", way],
          ["/a/b/c", way],
        ]),
      ],
    ]);
    const planned = plan(
      { "/a": { ...way, numChildren: 1 } },
      [{ kind: "create", key: "/a", value: 1, ephemeral: true }],
      below,
    );
    const steps = stepsOf(planned, "/a", "/a/b", "/a/b/c").filter((step) => !step.startsWith("guard"));
    expect(steps).toEqual(["delete /a/b/c 3", "delete /a/b 3", "delete /a 3", "create /a ephemeral"]);
    const standing = new Map([["/a", new Map([["/a/b", plain]])]]);
    const refused = plan({ "/a": way }, [{ kind: "create", key: "/a", value: 1, ephemeral: true }], standing);
    expect(stepsOf(refused)).toEqual(["failed_precondition"]);
  });

  it("deletes a node, or empties it where something is below", () => {
    const leaf = plan({ "/a": plain }, [{ kind: "delete", key: "/a" }]);
    expect(stepsOf(leaf, "/a")).toEqual(["guard? /a", "delete /a 3"]);
    const parent = plan({ "/a": { ...plain, numChildren: 1 } }, [{ kind: "delete", key: "/a" }]);
    expect(stepsOf(parent, "/a")).toEqual(["guard? /a", "setData /a 3"]);
    const becoming = plan({ "/a": plain }, [
      { kind: "delete", key: "/a" },
      { kind: "put", key: "/a/b", value: 1 },
    ]);
    expect(stepsOf(becoming, "/a", "/a/b")).toEqual(["guard? /a", "create /a/b", "setData /a 3", "guard! /a/b"]);
    const freed = plan({ "/a": ephemeral }, [
      { kind: "delete", key: "/a" },
      { kind: "put", key: "/a/b", value: 1 },
    ]);
    expect(stepsOf(freed, "/a", "/a/b").slice(1, 4)).toEqual(["delete /a 3", "create /a", "create /a/b"]);
  });

  it("proves by the guard that there is nothing", () => {
    const absent = plan({}, [{ kind: "delete", key: "/a" }]);
    expect(stepsOf(absent, "/a")).toEqual(["guard? /a"]);
    expect(absent).toMatchObject({ results: [{ kind: "deleted", found: false }] });
    const onlyWay = plan({ "/a": way }, [{ kind: "check", key: "/a", revision: undefined }]);
    expect(stepsOf(onlyWay, "/a")).toEqual(["guard? /a", "check /a 3"]);
  });

  it("ends with the write of a guard wherever a node is created, since its answer names the transaction", () => {
    const planned = plan({ "/b": plain }, [
      { kind: "put", key: "/b", value: 1 },
      { kind: "create", key: "/a", value: 1 },
    ]);
    expect(stepsOf(planned, "/a").at(-1)).toBe("guard! /a");
  });
});

describe("guessWrite", () => {
  const guessed = (...operations: Operation[]): string[] | undefined => {
    const planned = guessWrite(operations.map(storedOperation), { space, acl: undefined });
    return planned && stepsOf({ kind: "planned", ...planned }, "/a/b");
  };

  it("creates behind a guard, and puts by one write of data", () => {
    const create: Operation = { kind: "create", key: "/a/b", value: 1, ephemeral: true };
    expect(guessed(create)).toEqual(["create /a/b ephemeral", "guard! /a/b"]);
    expect(guessed({ kind: "put", key: "/a/b", value: 1 })).toEqual(["setData /a/b"]);
  });

  it("asks what a survey would lead to, were the parents there, and what is put", () => {
    const segment = fc.stringMatching(/^[a-z0-9][a-z0-9._:@+~-]{0,5}$/);
    const key = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join("/")}`);
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant<Json>({ list: [1] }));
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("create" as const), key, value, ephemeral: fc.boolean() }),
      fc.record({ kind: fc.constant("put" as const), key, value }),
    );
    const chroot = fc.constantFrom("", "/apps", "/apps/one");
    const acl = fc.constantFrom(undefined, [{ permissions: 31, scheme: "auth", id: "" }]);
    const rest = fc.record({ standing: fc.constantFrom(plain, way), version: fc.nat(), guard: fc.nat() });
    const asked = fc.property(operation, chroot, acl, rest, (operation, chroot, acl, { standing, version, guard }) => {
      const space = new NodeSpace(chroot);
      const operations = [storedOperation(operation)];
      const nodes = new Map<string, Stat>(
        space.pathsAbove(operation.key).map((path) => [path, { ...standing, version }]),
      );
      if (operation.kind === "put") nodes.set(space.pathOf(operation.key), { ...standing, version });
      const survey = { nodes, guards: new Map(space.guards.map((path) => [path, guard])), below: new Map() };
      const guess = guessWrite(operations, { space, acl });
      expect({ kind: "planned", ...guess }).toEqual(planWrite(operations, survey, { space, acl }));
    });
    fc.assert(asked);
  });

  it("leaves alone what depends on a version, and more than one operation", () => {
    expect(guessed({ kind: "put", key: "/a/b", value: 1, revision })).toBeUndefined();
    expect(guessed({ kind: "delete", key: "/a/b" })).toBeUndefined();
    expect(guessed({ kind: "check", key: "/a/b", revision: undefined })).toBeUndefined();
    expect(guessed({ kind: "put", key: "/a/b", value: 1 }, { kind: "put", key: "/c", value: 1 })).toBeUndefined();
  });
});
