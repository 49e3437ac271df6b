/** Latencies of one run, kept as they are: some hundred thousand at most. */
export class Latencies {
  #values = new Float64Array(1 << 16);
  #count = 0;
  #isSorted = true;

  add(ms: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = ms;
    this.#isSorted = false;
  }

  /** The value below which a share of them lie, by the nearest rank; NaN where there are none. */
  quantile(share: number): number {
    const all = this.#values.subarray(0, this.#count);
    if (!this.#isSorted) all.sort();
    this.#isSorted = true;
    return all[Math.max(0, Math.ceil(share * all.length) - 1)] ?? Number.NaN;
  }
}
