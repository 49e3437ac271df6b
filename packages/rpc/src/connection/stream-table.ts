import { type Random, randomIndex } from "@skylark/core/internal";

/**
 * What is in flight on a connection, by stream id: a Map in all but its memory. A Map that entries pass through at a hundred
 * thousand a second leaves its outgrown tables behind, each holding on to its last entries and to the next table; once one
 * of them is old, the collector must take all that follow for alive, and every call is copied twice before it is freed. Here
 * an entry that is taken out is gone.
 *
 * Open addressing with linear probing; taking out moves the rest of a cluster up (Knuth, TAOCP 3, 6.4, algorithm R). The
 * multiplier is drawn by chance, so that no peer can choose ids that all collide.
 */
export class StreamTable<T> {
  readonly #multiplier: number;
  #keys: Uint32Array;
  #values: (T | undefined)[];
  #shift: number;
  #size = 0;

  constructor(random: Random) {
    this.#multiplier = (randomIndex(random, 0x4000_0000) * 4 + 3) >>> 0;
    this.#shift = 32 - slotBitsMin;
    this.#keys = new Uint32Array(1 << slotBitsMin);
    this.#values = new Array<T | undefined>(1 << slotBitsMin).fill(undefined);
  }

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    return this.#values[this.#slotOf(id)];
  }

  has(id: number): boolean {
    return this.#values[this.#slotOf(id)] !== undefined;
  }

  set(id: number, value: T): void {
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    const slot = this.#slotOf(id);
    if (this.#values[slot] === undefined) this.#size++;
    this.#keys[slot] = id;
    this.#values[slot] = value;
  }

  /** Whether there was one. */
  delete(id: number): boolean {
    const keys = this.#keys;
    const values = this.#values;
    const mask = keys.length - 1;
    let hole = this.#slotOf(id);
    if (values[hole] === undefined) return false;
    this.#size--;
    for (let slot = (hole + 1) & mask; values[slot] !== undefined; slot = (slot + 1) & mask) {
      const home = this.#homeOf(keys[slot] as number);
      const mayMove = ((slot - home) & mask) >= ((slot - hole) & mask);
      if (!mayMove) continue;
      keys[hole] = keys[slot] as number;
      values[hole] = values[slot];
      hole = slot;
    }
    values[hole] = undefined;
    return true;
  }

  /** Those in flight now: what is taken out or added meanwhile changes nothing about the list. */
  values(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }

  clear(): void {
    this.#values.fill(undefined);
    this.#size = 0;
  }

  #homeOf(id: number): number {
    return Math.imul(id, this.#multiplier) >>> this.#shift;
  }

  /** Where the id stands, or where it would. */
  #slotOf(id: number): number {
    const mask = this.#keys.length - 1;
    let slot = this.#homeOf(id);
    while (this.#values[slot] !== undefined && this.#keys[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#shift--;
    this.#keys = new Uint32Array(keys.length * 2);
    this.#values = new Array<T | undefined>(keys.length * 2).fill(undefined);
    this.#size = 0;
    for (const [slot, value] of values.entries()) if (value !== undefined) this.set(keys[slot] as number, value);
  }
}

/** 16 slots at first: most connections carry few calls at once. */
const slotBitsMin = 4;
