import type { StoredOperation } from "../../state/operation.js";
import type { PlanGround, WritePlan } from "./write-plan.js";
import { creation, dataWrite, guardWrite } from "./write-steps.js";

/** The one operation finds its answer in the first step. */
const results = [{ kind: "entry", step: 0 }] as const;

/**
 * The plan of one create or put as things mostly are: what is created is absent and has a parent, what is put is there. It is
 * the plan that a survey of such a tree leads to, without the survey; in any other tree ZooKeeper refuses all of it.
 * Undefined for what depends on a version, and for several operations.
 */
export function guessWrite(operations: readonly StoredOperation[], { space, acl }: PlanGround): WritePlan | undefined {
  const [operation] = operations;
  if (!operation || operations.length > 1) return undefined;
  const path = space.pathOf(operation.key);
  switch (operation.kind) {
    case "create":
      return { steps: [creation(path, operation, acl), guardWrite(space.guardOf(path))], results };
    case "put":
      return operation.revision === undefined ? { steps: [dataWrite(path, operation.json)], results } : undefined;
    default:
      return undefined;
  }
}
