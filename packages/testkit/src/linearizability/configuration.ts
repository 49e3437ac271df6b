import type { Held, Operation } from "./history.js";
import { step } from "./register.js";

/** An operation that has been called and has not returned, under a bit of its own. */
export interface Open {
  readonly operation: Operation;
  readonly bit: bigint;
}

/** One explanation of a history so far: what the register holds by it, and what became of the open operations. */
export interface Configuration {
  readonly held: Held;
  /** Those that have taken effect. */
  readonly done: bigint;
  /**
   * Writes that may have taken effect, overwritten at once and seen by nobody; or are still to do so. Both at a time, so
   * that no choice is made before anything depends on it.
   */
  readonly hidden: bigint;
}

/** The open operations of one instant. */
export class OpenOperations {
  readonly #byOperation = new Map<Operation, Open>();
  #reads = 0n;
  #unknown = 0n;
  #hideable = 0n;

  add(operation: Operation): Open {
    const open = { operation, bit: this.#freeBit() };
    this.#byOperation.set(operation, open);
    if (isUnknown(operation)) this.#unknown |= open.bit;
    else if (operation.action.kind === "get") this.#reads |= open.bit;
    else if (canHide(operation)) this.#hideable |= open.bit;
    return open;
  }

  remove(operation: Operation): void {
    const others = ~this.bitOf(operation);
    this.#byOperation.delete(operation);
    this.#reads &= others;
    this.#hideable &= others;
  }

  bitOf(operation: Operation): bigint {
    return this.#byOperation.get(operation)?.bit ?? 0n;
  }

  /** Those whose outcome is unknown. */
  get unknown(): bigint {
    return this.#unknown;
  }

  [Symbol.iterator](): IterableIterator<Open> {
    return this.#byOperation.values();
  }

  /** `from` after `open` took effect, if that can be and changes anything. What then fits without a change follows. */
  after(from: Configuration, { operation, bit }: Open): Configuration | undefined {
    if (from.done & bit) return undefined;
    const held = step(from.held, operation);
    if (held === "impossible" || held === from.held) return undefined;
    let done = from.done | bit;
    for (const other of this) done |= effectWithoutChange(held, other);
    const hides = isUnconditional(operation) ? this.#hideable : 0n; // whatever was written just before it was not seen
    return { held, done, hidden: (from.hidden | hides) & ~done };
  }

  /** Of two that hold the same, whether `one` owes no more than `other`, and can do all that `other` can. */
  covers(one: Configuration, other: Configuration): boolean {
    if ((other.hidden & ~one.hidden) !== 0n) return false;
    const differ = one.done ^ other.done;
    if (differ === 0n) return true;
    const onlyOne = differ & one.done;
    return (onlyOne & ~this.#reads) === 0n && (differ & other.done & ~this.#unknown & ~one.hidden) === 0n;
  }

  #freeBit(): bigint {
    let taken = 0n;
    for (const { bit } of this) taken |= bit;
    return ~taken & (taken + 1n); // the lowest that is not set
  }
}

/** The bit of what takes effect in this state without changing it: sooner forecloses nothing. Unknown outcomes owe nothing. */
export function effectWithoutChange(held: Held, { operation, bit }: Open): bigint {
  return !isUnknown(operation) && step(held, operation) === held ? bit : 0n;
}

export function isUnknown({ outcome }: Operation): boolean {
  return outcome.kind === "unknown";
}

/** Whether it fits whatever is there, so that it may come between any two others. */
export function canHide({ action, outcome }: Operation): boolean {
  return action.kind === "put" && action.over === undefined && outcome.kind === "done";
}

/** Whether what was written just before it makes no difference to it. */
function isUnconditional({ action }: Operation): boolean {
  return (action.kind === "put" || action.kind === "delete") && action.over === undefined;
}
