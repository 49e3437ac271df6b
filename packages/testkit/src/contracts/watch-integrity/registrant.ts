import type { Coordination, Operation } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { type Random, randomIndex } from "@skylark/core/internal";
import type { Places } from "./places.js";

/** Names that one registrant uses for its single entries: few, so that they are made again and again. */
const names = 40;

/** One session that creates, changes and deletes, and knows no better than any program whether it went well. */
export class Registrant {
  readonly #client: Coordination;
  readonly #places: Places;
  readonly #index: number;
  #writes = 0;

  constructor(client: Coordination, places: Places, index: number) {
    this.#client = client;
    this.#places = places;
    this.#index = index;
  }

  /** One write of some kind. What does not fit what is there is refused, as it should be; "failed" where nobody answered. */
  async step(random: Random): Promise<"answered" | "failed"> {
    try {
      await this.#write(random);
      return "answered";
    } catch (thrown) {
      const { code } = SkylarkError.from(thrown);
      if (code === "already_exists" || code === "aborted" || code === "failed_precondition") return "answered";
      if (code === "unavailable" || code === "deadline_exceeded") return "failed";
      throw thrown;
    }
  }

  async #write(random: Random): Promise<void> {
    const share = randomIndex(random, 100);
    const key = this.#places.single(this.#index, randomIndex(random, names));
    const value = ++this.#writes;
    if (share < 35) await this.#client.create(key, value, { ephemeral: true });
    else if (share < 45) await this.#client.create(key, value);
    else if (share < 55) await this.#client.put(key, value);
    else if (share < 75) await this.#client.delete(key);
    else if (share < 80) await this.#flash(key, value);
    else if (share < 90) await this.#client.multi(this.#pair(random, value));
    else await this.#client.multi(this.#batch(random, value));
  }

  /** There and gone, with luck between two looks. */
  async #flash(key: string, value: number): Promise<void> {
    await this.#client.create(key, value, { ephemeral: true });
    await this.#client.delete(key);
    await this.#client.create(key, value);
  }

  #pair(random: Random, value: number): Operation[] {
    const isDeletion = random.next() < 0.3;
    return this.#places
      .pair(this.#index)
      .map((key) => (isDeletion ? { kind: "delete", key } : { kind: "put", key, value }));
  }

  /** The first makes them; the next are refused until the session has ended, or one has deleted them. */
  #batch(random: Random, value: number): Operation[] {
    const isDeletion = random.next() < 0.2;
    return this.#places
      .batch(this.#index)
      .map((key) => (isDeletion ? { kind: "delete", key } : { kind: "create", key, value, ephemeral: true }));
  }
}
