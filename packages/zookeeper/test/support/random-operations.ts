import { type Random, randomIndex } from "@skylark/core/internal";

/** One operation as both clients of the cross-check understand it. `version` −1: whatever it is. */
export type CheckedOperation =
  | { readonly kind: "create"; readonly path: string; readonly data: Buffer; readonly mode: CheckedMode }
  | { readonly kind: "setData"; readonly path: string; readonly data: Buffer; readonly version: number }
  | { readonly kind: "delete"; readonly path: string; readonly version: number }
  | { readonly kind: "exists" | "getData" | "getChildren"; readonly path: string }
  | { readonly kind: "setAcl"; readonly path: string; readonly permissions: number; readonly version: number }
  | { readonly kind: "multi"; readonly steps: readonly CheckedStep[] };

export type CheckedStep =
  | { readonly kind: "create"; readonly path: string; readonly data: Buffer }
  | { readonly kind: "setData"; readonly path: string; readonly data: Buffer }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "check"; readonly path: string; readonly version: number };

export const checkedModes = ["persistent", "ephemeral", "sequential", "ephemeralSequential"] as const;
export type CheckedMode = (typeof checkedModes)[number];

/** Read and administer are always among them: the cross-check itself has to go on reading. */
const permissionSets = [31, 17, 19, 29] as const;

/** Few names, so that operations meet: nodes that exist, have children, are ephemeral, have been deleted. */
export function randomOperation(random: Random): CheckedOperation {
  const path = randomPath(random);
  const version = pick(random, [-1, -1, 0, 1, 2]);
  switch (
    pick(random, [
      "create",
      "create",
      "create",
      "setData",
      "delete",
      "exists",
      "getData",
      "getChildren",
      "setAcl",
      "multi",
    ] as const)
  ) {
    case "create": {
      const mode = pick<CheckedMode>(random, ["persistent", "persistent", ...checkedModes]);
      return { kind: "create", path, data: randomData(random), mode };
    }
    case "setData":
      return { kind: "setData", path, data: randomData(random), version };
    case "delete":
      return { kind: "delete", path, version };
    case "exists":
      return { kind: "exists", path };
    case "getData":
      return { kind: "getData", path };
    case "getChildren":
      return { kind: "getChildren", path };
    case "setAcl":
      return { kind: "setAcl", path, permissions: pick(random, permissionSets), version };
    case "multi":
      return { kind: "multi", steps: Array.from({ length: 1 + randomIndex(random, 4) }, () => randomStep(random)) };
  }
}

function randomStep(random: Random): CheckedStep {
  const path = randomPath(random);
  switch (pick(random, ["create", "setData", "delete", "check"] as const)) {
    case "create":
      return { kind: "create", path, data: randomData(random) };
    case "setData":
      return { kind: "setData", path, data: randomData(random) };
    case "delete":
      return { kind: "delete", path };
    case "check":
      return { kind: "check", path, version: pick(random, [1, 2]) }; // the other client sends 0 as "any"
  }
}

function randomPath(random: Random): string {
  const depth = pick(random, [1, 1, 2, 2, 3]);
  return Array.from({ length: depth }, () => `/${pick(random, ["a", "b", "ü"])}`).join("");
}

function randomData(random: Random): Buffer {
  return Buffer.from(Array.from({ length: randomIndex(random, 40) }, () => randomIndex(random, 256)));
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[randomIndex(random, items.length)] as T;
}
