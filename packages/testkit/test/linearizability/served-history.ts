import { type Random, randomIndex } from "@skylark/core/internal";
import { type Action, type Held, nothing, type Operation, type Outcome } from "../../src/linearizability/history.js";

const letters = "abcdefghij";

/** A history that a real register served: each operation took effect at an instant of its own between its two ends. */
export function servedHistory(random: Random, operations: number, clients: number, unknownMost = 2): Operation[] {
  const free = new Array<number>(clients).fill(0);
  const drafts = Array.from({ length: operations }, (_, index) => {
    const client = randomIndex(random, clients);
    const invokedAt = (free[client] as number) + random.next();
    const takesEffectAt = invokedAt + random.next() * 2;
    const returnedAt = takesEffectAt + random.next() * 2;
    free[client] = returnedAt;
    return { client, invokedAt, takesEffectAt, returnedAt, number: index + 1 };
  });
  let held: Held = nothing;
  let unknown = 0;
  return drafts
    .toSorted((a, b) => a.takesEffectAt - b.takesEffectAt)
    .map(({ client, invokedAt, returnedAt, number }) => {
      const action = anyAction(random, number, held);
      const isLost = random.next() < 0.2 && action.kind !== "get" && unknown < unknownMost;
      if (isLost) unknown++;
      const served = isLost && random.next() < 0.5 ? { held, outcome: refused } : serve(held, action);
      held = served.held;
      const outcome: Outcome = isLost ? { kind: "unknown" } : served.outcome;
      return { client: letters[client] as string, key: "/k", action, outcome, invokedAt, returnedAt };
    });
}

/** A served history with one outcome changed, which may or may not have an order. */
export function likelyHistory(random: Random, operations: number): Operation[] {
  const history = servedHistory(random, operations, 3);
  const changed = randomIndex(random, operations);
  return history.map((operation, index) => {
    if (index !== changed) return operation;
    if (operation.action.kind === "get")
      return { ...operation, outcome: { kind: "held", held: randomIndex(random, operations + 1) } };
    const outcome: Outcome = operation.outcome.kind === "refused" ? { kind: "done" } : refused;
    return { ...operation, outcome };
  });
}

const refused: Outcome = { kind: "refused" };

function anyAction(random: Random, number: number, held: Held): Action {
  const over = random.next() < 0.7 ? held : randomIndex(random, number);
  switch (randomIndex(random, 6)) {
    case 0:
      return { kind: "create", number };
    case 1:
      return { kind: "put", number };
    case 2:
      return over === nothing ? { kind: "put", number } : { kind: "put", number, over };
    case 3:
      return over === nothing || random.next() < 0.5 ? { kind: "delete" } : { kind: "delete", over };
    default:
      return { kind: "get" };
  }
}

function serve(held: Held, action: Action): { readonly held: Held; readonly outcome: Outcome } {
  switch (action.kind) {
    case "get":
      return { held, outcome: { kind: "held", held } };
    case "create":
      return held === nothing ? { held: action.number, outcome: { kind: "done" } } : { held, outcome: refused };
    case "put":
      if (action.over !== undefined && action.over !== held) return { held, outcome: refused };
      return { held: action.number, outcome: { kind: "done" } };
    case "delete":
      if (action.over === undefined) return { held: nothing, outcome: { kind: "done", found: held !== nothing } };
      return action.over === held ? { held: nothing, outcome: { kind: "done" } } : { held, outcome: refused };
  }
}
