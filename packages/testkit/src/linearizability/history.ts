/**
 * What a register holds: the number of the write that it comes from, or `nothing`. Every write of a history has a number
 * of its own, and writes it: then a value says which write is seen, and a revision stands for one number.
 */
export type Held = number;

/** Held by a register in which there is no entry. */
export const nothing: Held = 0;

/** What was asked of a register. `over`: only if it holds exactly this (compare-and-set). */
export type Action =
  /** `settled`: asked when all else had ended and nothing was broken any more. */
  | { readonly kind: "get"; readonly settled?: boolean }
  | { readonly kind: "create"; readonly number: number }
  | { readonly kind: "put"; readonly number: number; readonly over?: Held }
  | { readonly kind: "delete"; readonly over?: Held };

/** What was told of it. */
export type Outcome =
  /** To a get. */
  | { readonly kind: "held"; readonly held: Held }
  /** It happened. A delete that names nothing may have found nothing, and says so. */
  | { readonly kind: "done"; readonly found?: boolean }
  /** It did not fit what was there, and changed nothing. */
  | { readonly kind: "refused" }
  /** No answer: it took effect at some later instant, however late, or never. */
  | { readonly kind: "unknown" };

/** One operation of a history, between two instants of one monotonic clock, in milliseconds. */
export interface Operation {
  readonly client: string;
  readonly key: string;
  readonly action: Action;
  readonly outcome: Outcome;
  readonly invokedAt: number;
  /** Of no meaning where the outcome is unknown. */
  readonly returnedAt: number;
}

/** Beyond these the question is not asked: its cost grows exponentially with what was under way at once. */
export const historyLimits = {
  operationsPerKeyMax: 200,
  /** An operation whose outcome is unknown is under way for the rest of the history. */
  unknownPerKeyMax: 10,
} as const;

/** Registers do not know of each other, so a history is in order when that of each key is (Herlihy and Wing, locality). */
export function operationsByKey(history: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const byKey = new Map<string, Operation[]>();
  for (const operation of history) {
    const known = byKey.get(operation.key);
    if (known) known.push(operation);
    else byKey.set(operation.key, [operation]);
  }
  return byKey;
}

/** A read of unknown outcome says nothing, and changes nothing. */
export function saysNothing({ action, outcome }: Operation): boolean {
  return action.kind === "get" && outcome.kind === "unknown";
}

/** When it was over: never, as far as anybody knows, where the outcome is unknown. */
export function overAt({ outcome, returnedAt }: Operation): number {
  return outcome.kind === "unknown" ? Number.POSITIVE_INFINITY : returnedAt;
}
