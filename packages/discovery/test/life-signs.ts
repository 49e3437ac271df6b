import type { LifeSigns } from "../src/internal.js";

/** Connections of a test: who is connected, and when each was heard last. */
export class TestLifeSigns implements LifeSigns {
  readonly #now: () => number;
  readonly #heardAt = new Map<string, number>();
  readonly #answering = new Set<string>();
  readonly asked: string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Connected, heard now, and answering from now on. */
  connect(...ids: readonly string[]): void {
    for (const id of ids) {
      this.#heardAt.set(id, this.#now());
      this.#answering.add(id);
    }
  }

  /** Its connection stays, and nothing comes by it. */
  freeze(id: string): void {
    this.#answering.delete(id);
  }

  lose(id: string): void {
    this.#heardAt.delete(id);
    this.#answering.delete(id);
  }

  silentMs({ id }: { readonly id: string }): number | undefined {
    const heardAt = this.#heardAt.get(id);
    return heardAt === undefined ? undefined : this.#now() - heardAt;
  }

  ask({ id }: { readonly id: string }): void {
    this.asked.push(id);
    if (this.#answering.has(id)) this.#heardAt.set(id, this.#now());
  }
}
