/** Instances whose last line is remembered: those that were silent longest are forgotten first. */
const instancesMax = 10_000;

/** The last line of each instance, so that lines that come a second time are known. */
export class LastSequences {
  readonly #most: number;
  /** In the order in which they were last heard of. */
  readonly #last = new Map<string, number>();

  constructor(most = instancesMax) {
    this.#most = most;
  }

  /** 0 for who was not heard of. */
  of(instance: string): number {
    return this.#last.get(instance) ?? 0;
  }

  note(instance: string, sequence: number): void {
    const last = Math.max(sequence, this.of(instance));
    this.#last.delete(instance);
    this.#last.set(instance, last);
    if (this.#last.size <= this.#most) return;
    const [forgotten] = this.#last.keys();
    if (forgotten !== undefined) this.#last.delete(forgotten);
  }

  /** Those heard of longest ago first. */
  get entries(): readonly (readonly [instance: string, sequence: number])[] {
    return [...this.#last];
  }
}
