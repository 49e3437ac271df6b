import type { Coordination, Entry } from "@skylark/coordination";

/** Ephemeral entries that one atomic write makes, and one end of a session takes away. */
const batchSize = 10;

/** Where registrants write: each in folders of its own, with the same layout. */
export class Places {
  readonly prefix: string;
  readonly #registrants: number;

  constructor(prefix: string, registrants: number) {
    this.prefix = prefix;
    this.#registrants = registrants;
  }

  /** An entry by itself. */
  single(registrant: number, name: number): string {
    return `${this.prefix}/single/${registrant}/n${name}`;
  }

  /** Two entries in folders apart, written by one multi, always alike. */
  pair(registrant: number): readonly [string, string] {
    return [`${this.prefix}/left/${registrant}`, `${this.prefix}/right/${registrant}`];
  }

  /** Ephemeral entries of one session, written by one multi, always alike. */
  batch(registrant: number): string[] {
    return Array.from({ length: batchSize }, (_, at) => `${this.prefix}/batch/${registrant}/b${at}`);
  }

  /** Whether every atomic write, and every end of a session, is there as a whole or not at all. */
  isWhole(entries: ReadonlyMap<string, Entry>): boolean {
    const areAlike = (keys: readonly string[]): boolean =>
      new Set(keys.map((key) => entries.get(key)?.value)).size === 1;
    return Array.from({ length: this.#registrants }, (_, registrant) => registrant).every(
      (registrant) => areAlike(this.pair(registrant)) && areAlike(this.batch(registrant)),
    );
  }

  /** All that is there, as of now. */
  async read(client: Coordination): Promise<ReadonlyMap<string, Entry>> {
    const own = ["single", "batch"].flatMap((folder) =>
      Array.from({ length: this.#registrants }, (_, registrant) => `${this.prefix}/${folder}/${registrant}`),
    );
    const folders = [...own, `${this.prefix}/left`, `${this.prefix}/right`];
    const lists = await Promise.all(folders.map((folder) => client.list(folder, { fresh: true })));
    return new Map(lists.flat().map((entry) => [entry.key, entry]));
  }
}
