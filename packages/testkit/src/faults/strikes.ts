import { type Random, randomIndex } from "@skylark/core/internal";

/** Something that goes wrong, and is over again. */
export interface Fault {
  readonly name: string;
  /** Resolves when it is over: the store answers again, and the next may strike. */
  strike(random: Random): Promise<void>;
}

/** When which fault strikes: by the count of operations, so that a run with the same seed meets them at the same places. */
export class Strikes {
  readonly #faults: readonly Fault[];
  readonly #random: Random;
  readonly #plan: number[];
  readonly struck: string[] = [];
  #current: Promise<void> = Promise.resolve();
  #before: Promise<void> = Promise.resolve();

  constructor(
    faults: readonly Fault[],
    random: Random,
    { operations, strikes }: { readonly operations: number; readonly strikes: number },
  ) {
    this.#faults = faults;
    this.#random = random;
    const share = (operations * 0.9) / strikes; // each in its own part of the run, the first not at the very start
    this.#plan = Array.from({ length: faults.length > 0 ? strikes : 0 }, (_, index) =>
      Math.floor(operations * 0.05 + share * (index + random.next())),
    );
  }

  /** Called before each operation. Waits where a second fault is due and the first is not over. */
  async before(operation: number): Promise<void> {
    const due = this.#plan[0];
    if (due !== undefined && operation >= due) {
      this.#plan.shift();
      const fault = this.#faults[randomIndex(this.#random, this.#faults.length)] as Fault;
      this.struck.push(fault.name);
      this.#before = this.#current;
      this.#current = this.#before.then(() => fault.strike(this.#random));
      this.#current.catch(() => {}); // told by whoever waits for it
    }
    await this.#before;
  }

  /** Resolves when the last one is over; fails as it did. */
  over(): Promise<void> {
    return this.#current;
  }
}
