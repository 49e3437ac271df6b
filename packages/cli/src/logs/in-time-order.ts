import type { LogLine } from "@skylark/logs";

/** Lines that arrive within so many of each other are put in order; what comes later than that stays where it is. */
const window = 2000;

/**
 * Puts lines in the order in which they were written. They are kept in the order in which they arrived, which is another where
 * several processes send theirs some moments later.
 */
export class InTimeOrder {
  readonly #window: number;
  #waiting: LogLine[] = [];

  constructor(lines = window) {
    this.#window = lines;
  }

  /** Those that are old enough that nothing before them will come. */
  add(lines: readonly LogLine[]): LogLine[] {
    this.#waiting.push(...lines);
    if (this.#waiting.length < 2 * this.#window) return [];
    this.#sort();
    return this.#waiting.splice(0, this.#waiting.length - this.#window);
  }

  /** All that are left. */
  rest(): LogLine[] {
    this.#sort();
    return this.#waiting.splice(0);
  }

  /** Those of one moment stay in the order in which they arrived. */
  #sort(): void {
    this.#waiting.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  }
}
