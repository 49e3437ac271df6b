import type { Stat } from "@skylark/zookeeper";
import type { StoredOperation } from "../../state/operation.js";
import { type PlanGround, planWrite, type WritePlan } from "./write-plan.js";

/** Of a plain entry. A guess asks no more of it than that it is there, so its versions stand for any. */
const there: Stat = {
  czxid: 0n,
  mzxid: 0n,
  pzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 1,
  numChildren: 0,
};

/**
 * The plan of one create or put as things mostly are: what is created is absent and has a parent, what is put is there. It is
 * the plan that a survey of such a tree leads to, without the survey; in any other tree ZooKeeper refuses all of it.
 * Undefined for what depends on a version, and for several operations.
 */
export function guessWrite(operations: readonly StoredOperation[], ground: PlanGround): WritePlan | undefined {
  const [operation] = operations;
  if (!operation || operations.length > 1 || !isPlain(operation)) return undefined;
  const { space } = ground;
  const nodes = new Map(space.pathsAbove(operation.key).map((path) => [path, there]));
  if (operation.kind === "put") nodes.set(space.pathOf(operation.key), there);
  const planned = planWrite(operations, { nodes, guards: new Map(), below: new Map() }, ground);
  return planned.kind === "planned" ? planned : undefined;
}

function isPlain(operation: StoredOperation): boolean {
  return operation.kind === "create" || (operation.kind === "put" && operation.revision === undefined);
}
