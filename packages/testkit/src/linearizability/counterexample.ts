import { type Action, type Held, nothing, type Operation, overAt } from "./history.js";
import { type Search, search } from "./search.js";

export type Stuck = Search & { readonly kind: "stuck" };

/** As few operations as show that there is no order: from the last quiet instant on, without the ones that do not matter. */
export function smallest(found: Stuck): Stuck {
  let shortest = found;
  let operations = found.since.operations.filter(({ invokedAt }) => invokedAt <= found.operation.returnedAt);
  for (const candidate of operations) {
    if (changes(candidate)) continue; // without a write, whoever saw it would be wrong for no reason
    if (isWriteSeenBy(shortest.operation, candidate)) continue; // refused, and seen: that is the point
    const others = operations.filter((each) => each !== candidate);
    const again = search(others, found.since.held);
    if (again.kind !== "stuck") continue;
    operations = others;
    shortest = again;
  }
  return { ...shortest, since: { held: found.since.held, operations } };
}

/** Whether it may have changed what the register holds. */
function changes({ action, outcome }: Operation): boolean {
  return action.kind !== "get" && outcome.kind !== "refused" && (outcome.kind !== "done" || outcome.found !== false);
}

function isWriteSeenBy({ outcome }: Operation, { action }: Operation): boolean {
  return outcome.kind === "held" && "number" in action && action.number === outcome.held;
}

/** For people: each operation with its instants, and the one that nothing explains. */
export function counterexampleText({ operation, possible, since }: Stuck): string {
  const inOrder = since.operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const from = Math.min(...inOrder.map(({ invokedAt }) => invokedAt));
  const rows = inOrder.map((each) => [
    each.client,
    (each.invokedAt - from).toFixed(2),
    Number.isFinite(overAt(each)) ? (each.returnedAt - from).toFixed(2) : "?",
    actionText(each.action),
    outcomeText(each),
    each === operation ? "◀ nothing explains this" : "",
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map((row) => {
    const [client, invoked, returned, action, outcome] = row.map((text, column) =>
      column === 1 || column === 2 ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
    );
    return `  ${client}  ${invoked} … ${returned} ms  ${action}  ${outcome}  ${row[5]}`.trimEnd();
  });
  return [
    `${operation.key} held ${heldText(since.held)}; these operations have no order:`,
    ...lines,
    `  before that could return, it held ${possible.map(heldText).join(" or ")}`,
  ].join("\n");
}

function heldText(held: Held): string {
  return held === nothing ? "nothing" : `write ${held}`;
}

function actionText(action: Action): string {
  switch (action.kind) {
    case "get":
      return "get";
    case "create":
      return `create as write ${action.number}`;
    case "put":
      return `write ${action.number}${overText(action.over)}`;
    case "delete":
      return `delete${overText(action.over)}`;
  }
}

function overText(over: Held | undefined): string {
  return over === undefined ? "" : ` over ${over}`;
}

function outcomeText({ outcome }: Operation): string {
  switch (outcome.kind) {
    case "held":
      return `→ ${heldText(outcome.held)}`;
    case "done":
      return outcome.found === undefined ? "→ done" : outcome.found ? "→ done, there was one" : "→ there was none";
    case "refused":
      return "→ refused";
    case "unknown":
      return "→ no answer";
  }
}
