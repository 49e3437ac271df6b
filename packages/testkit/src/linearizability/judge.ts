import { counterexampleText, smallest } from "./counterexample.js";
import { historyLimits, type Operation, operationsByKey, saysNothing } from "./history.js";
import { search } from "./search.js";

/** What is wrong with the history of one key. */
export type Finding =
  /** With reads that may come late it is in order: writes are where they should be, a read was not fresh. */
  | { readonly kind: "stale read"; readonly key: string; readonly text: string }
  /** Also with reads that come late there is no order: a write was lost, doubled, or told wrongly. */
  | { readonly kind: "broken write"; readonly key: string; readonly text: string }
  /** Not checked. */
  | { readonly kind: "beyond limits"; readonly key: string; readonly text: string };

/** Whether a history of registers is linearizable: each key by itself. Answers with what is wrong; with nothing if it is. */
export function judge(history: readonly Operation[]): Finding[] {
  return [...operationsByKey(history)].flatMap(([key, operations]) => judgeKey(key, operations) ?? []);
}

function judgeKey(key: string, operations: readonly Operation[]): Finding | undefined {
  const beyond = beyondLimits(key, operations);
  if (beyond) return { kind: "beyond limits", key, text: beyond };
  const strict = search(operations);
  if (strict.kind === "ordered") return undefined;
  if (strict.kind === "given up")
    return { kind: "beyond limits", key, text: `${key} was not checked: too much at once` };
  const kind = search(operations.map(late)).kind === "ordered" ? "stale read" : "broken write";
  return { kind, key, text: counterexampleText(smallest(strict)) };
}

/** The same, as if its read had been allowed to show any state there had been before. */
function late(operation: Operation): Operation {
  const { action } = operation;
  if (action.kind !== "get" || action.settled) return operation;
  return { ...operation, invokedAt: Number.NEGATIVE_INFINITY };
}

function beyondLimits(key: string, operations: readonly Operation[]): string | undefined {
  const { operationsPerKeyMax, unknownPerKeyMax } = historyLimits;
  if (operations.length > operationsPerKeyMax)
    return `${key} was not checked: ${operations.length} operations, at most ${operationsPerKeyMax}`;
  const unknown = operations.filter((each) => each.outcome.kind === "unknown" && !saysNothing(each)).length;
  if (unknown > unknownPerKeyMax)
    return `${key} was not checked: ${unknown} operations without an outcome, at most ${unknownPerKeyMax}`;
  return undefined;
}
