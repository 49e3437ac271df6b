import { type Random, randomIndex } from "@skylark/core/internal";
import { historyLimits } from "../linearizability/history.js";
import type { Told } from "./recorder.js";

interface Slot {
  readonly key: string;
  operations: number;
  underWay: number;
  unknown: number;
}

/** Keys of which none gets more operations, or more without an outcome, than can be judged: a full one is replaced. */
export class KeySupply {
  readonly #prefix: string;
  readonly #slots: Slot[];
  readonly #keys: string[] = [];

  constructor(prefix: string, atOnce: number) {
    this.#prefix = prefix;
    this.#slots = Array.from({ length: atOnce }, () => this.#slot());
  }

  /** Every key that was handed out. */
  get all(): readonly string[] {
    return this.#keys;
  }

  /** Runs `use` on one of the keys; answers what it was told. */
  async using(random: Random, use: (key: string) => Promise<Told>): Promise<Told> {
    const index = randomIndex(random, this.#slots.length);
    let slot = this.#slots[index] as Slot;
    if (isFull(slot)) {
      slot = this.#slot();
      this.#slots[index] = slot;
    }
    slot.operations++;
    slot.underWay++;
    const told = await use(slot.key);
    slot.underWay--;
    if (told.kind === "unknown") slot.unknown++;
    return told;
  }

  #slot(): Slot {
    const key = `${this.#prefix}/k${this.#keys.length + 1}`;
    this.#keys.push(key);
    return { key, operations: 0, underWay: 0, unknown: 0 };
  }
}

/** One operation is left for the last look. */
function isFull({ operations, underWay, unknown }: Slot): boolean {
  return operations >= historyLimits.operationsPerKeyMax - 1 || underWay + unknown >= historyLimits.unknownPerKeyMax;
}
