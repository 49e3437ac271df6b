import { type Action, type Held, nothing, type Operation, type Outcome } from "../../src/linearizability/history.js";
import { step } from "../../src/linearizability/register.js";

export const done: Outcome = { kind: "done" };
export const refused: Outcome = { kind: "refused" };
export const unknown: Outcome = { kind: "unknown" };
export const get: Action = { kind: "get" };
export const held = (number: Held): Outcome => ({ kind: "held", held: number });
export const put = (number: number, over?: Held): Action =>
  over === undefined ? { kind: "put", number } : { kind: "put", number, over };
export const create = (number: number): Action => ({ kind: "create", number });

/** One operation on `/k` between two instants. */
export function operation(
  client: string,
  [invokedAt, returnedAt]: readonly [number, number],
  action: Action,
  outcome: Outcome,
): Operation {
  return { client, key: "/k", action, outcome, invokedAt, returnedAt };
}

/** By definition: some order of all operations with an outcome, and of any of those without, that time and the register allow. */
export function hasOrder(operations: readonly Operation[], before: Held = nothing): boolean {
  const owed = operations.filter(({ outcome }) => outcome.kind !== "unknown");
  if (owed.length === 0) return true;
  const firstReturn = Math.min(...owed.map(({ returnedAt }) => returnedAt));
  return operations.some((next) => {
    if (next.invokedAt > firstReturn) return false;
    const after = step(before, next);
    if (after === "impossible") return false;
    return hasOrder(
      operations.filter((each) => each !== next),
      after,
    );
  });
}
