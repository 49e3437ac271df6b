import {
  type Configuration,
  canHide,
  effectWithoutChange,
  isUnknown,
  type Open,
  OpenOperations,
} from "./configuration.js";
import { type Held, nothing, type Operation, saysNothing } from "./history.js";
import { step } from "./register.js";

/** Whether one register's operations can be put in an order that explains all that was told of them. */
export type Search =
  | { readonly kind: "ordered" }
  /** Up to the return of `operation` nothing explains everything; before it the register held one of `possible`. */
  | {
      readonly kind: "stuck";
      readonly operation: Operation;
      readonly possible: readonly Held[];
      readonly since: Quiet;
    }
  /** More than `configurationsMax` explanations were to be looked at. */
  | { readonly kind: "given up" };

/** The last instant at which nothing was under way, save what has no outcome, and it was clear what the register held. */
export interface Quiet {
  readonly held: Held;
  /** What was asked after it or was still without an outcome: with `held` it is all that there is to explain. */
  readonly operations: readonly Operation[];
}

/** Ten times what ten clients on one key need who leave ten writes without an outcome; a few seconds. */
const configurationsMax = 1_000_000;

/**
 * Looks for an order: an operation takes effect at one instant between its call and its return.
 *
 * Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) try every operation that may be next, and go back where
 * nothing fits. Lowe ("Testing for linearizability", 2017) never visits one configuration, what has taken effect and the
 * state thereby reached, twice, and lets operations take effect no sooner than a return asks for it. Here all
 * explanations go forward together from return to return, so that the one at which the last of them ends is known. Three
 * things more keep them few: what changes nothing takes effect as soon as it fits; a write that nobody saw needs no place
 * of its own; and an explanation goes when another can do whatever it can.
 */
export function search(operations: readonly Operation[], held: Held = nothing): Search {
  const said = operations.filter((operation) => !saysNothing(operation));
  const run = new Run(said, held);
  for (const { kind, operation } of eventsOf(said)) {
    if (kind === "invoked") run.invoked(operation);
    else {
      const ended = run.returned(operation);
      if (ended) return ended;
    }
  }
  return { kind: "ordered" };
}

interface Event {
  readonly kind: "invoked" | "returned";
  readonly operation: Operation;
  readonly at: number;
}

/** Calls before returns where the clock cannot tell: that they overlapped is the weaker claim. */
function eventsOf(operations: readonly Operation[]): Event[] {
  const invoked = operations.map((operation): Event => ({ kind: "invoked", operation, at: operation.invokedAt }));
  const returned = operations
    .filter((operation) => !isUnknown(operation))
    .map((operation): Event => ({ kind: "returned", operation, at: operation.returnedAt }));
  return [...invoked, ...returned].toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at));
}

/** A configuration on the way to a return. */
interface Visit {
  readonly configuration: Configuration;
  /**
   * What was held before the last step, where nothing has seen that step so far and nothing has to: only what could not
   * happen without it may follow.
   */
  readonly inVainFrom: Held | undefined;
}

class Run {
  readonly #all: readonly Operation[];
  readonly #open = new OpenOperations();
  #configurations: readonly Configuration[];
  #quiet: Quiet;
  #visits = 0;

  constructor(all: readonly Operation[], held: Held) {
    this.#all = all;
    this.#configurations = [{ held, done: 0n, hidden: 0n }];
    this.#quiet = { held, operations: all };
  }

  invoked(operation: Operation): void {
    const open = this.#open.add(operation);
    this.#configurations = this.#configurations.map((each) => {
      const effect = effectWithoutChange(each.held, open);
      return effect ? { ...each, done: each.done | effect } : each;
    });
  }

  /** Answers where the search ends here. */
  returned(operation: Operation): Search | undefined {
    const bit = this.#open.bitOf(operation);
    const explained = this.#explain(bit);
    if (this.#visits > configurationsMax) return { kind: "given up" };
    if (explained.length === 0) return this.#stuck(operation);
    this.#open.remove(operation);
    const others = ~bit;
    this.#configurations = this.#withoutNeedless(
      explained.map(({ held, done, hidden }) => ({ held, done: done & others, hidden: hidden & others })),
    );
    this.#noteQuiet(operation.returnedAt);
    return undefined;
  }

  #stuck(operation: Operation): Search {
    const possible = [...new Set(this.#configurations.map(({ held }) => held))].toSorted((a, b) => a - b);
    return { kind: "stuck", operation, possible, since: this.#quiet };
  }

  /** Every configuration reached by letting open operations take effect until that of `asked` has. */
  #explain(asked: bigint): Configuration[] {
    const explained: Configuration[] = [];
    const visited = new Set<string>();
    const toVisit = this.#configurations.map((configuration): Visit => ({ configuration, inVainFrom: undefined }));
    for (let visit = toVisit.pop(); visit && this.#visits <= configurationsMax; visit = toVisit.pop()) {
      const { held, done, hidden } = visit.configuration;
      const name = `${held} ${done} ${hidden} ${visit.inVainFrom}`;
      if (visited.has(name)) continue;
      visited.add(name);
      this.#visits++;
      if ((done | hidden) & asked) explained.push(visit.configuration);
      if (!(done & asked)) toVisit.push(...this.#next(visit));
    }
    return explained;
  }

  *#next({ configuration: from, inVainFrom }: Visit): Generator<Visit> {
    for (const open of this.#open) {
      const configuration = this.#open.after(from, open);
      if (!configuration) continue;
      if (inVainFrom !== undefined && changes(inVainFrom, open.operation)) continue;
      const isSeen = configuration.done !== (from.done | open.bit);
      yield { configuration, inVainFrom: isSeen || isOwed(open) ? undefined : from.held };
    }
  }

  #withoutNeedless(configurations: readonly Configuration[]): Configuration[] {
    const keptByHeld = new Map<Held, Configuration[]>();
    for (const each of configurations) {
      const kept = keptByHeld.get(each.held) ?? [];
      if (kept.some((other) => this.#open.covers(other, each))) continue;
      keptByHeld.set(each.held, [...kept.filter((other) => !this.#open.covers(each, other)), each]);
    }
    return [...keptByHeld.values()].flat();
  }

  #noteQuiet(at: number): void {
    const [only, ...others] = this.#configurations;
    if (only === undefined || others.length > 0) return;
    const open = [...this.#open];
    if (open.some(({ operation }) => !isUnknown(operation))) return;
    const undecided = open.filter(({ bit }) => !(only.done & bit)).map(({ operation }) => operation);
    const later = this.#all.filter((operation) => operation.invokedAt > at);
    this.#quiet = { held: only.held, operations: [...undecided, ...later] };
  }
}

function changes(held: Held, operation: Operation): boolean {
  const after = step(held, operation);
  return after !== "impossible" && after !== held;
}

/** Whether it must have its place in the order also where nobody sees it: it cannot hide before another write. */
function isOwed({ operation }: Open): boolean {
  return !isUnknown(operation) && !canHide(operation);
}
