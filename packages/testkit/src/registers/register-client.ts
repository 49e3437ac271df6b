import type { Coordination, Entry, Revision } from "@skylark/coordination";
import { type Random, randomIndex } from "@skylark/core/internal";
import { type Action, type Held, nothing } from "../linearizability/history.js";
import type { Recorder, Told } from "./recorder.js";

/** What the registers ask of a store. */
export type RegisterStore = Pick<Coordination, "get" | "create" | "put" | "delete" | "close">;

interface Seen {
  readonly held: Held;
  readonly revision: Revision;
}

/** One client of the registers: asks, remembers what it saw, and has it recorded. */
export class RegisterClient {
  readonly #name: string;
  readonly #store: RegisterStore;
  readonly #recorder: Recorder;
  readonly #seen = new Map<string, Seen>();

  constructor(name: string, store: RegisterStore, recorder: Recorder) {
    this.#name = name;
    this.#store = store;
    this.#recorder = recorder;
  }

  /** One operation of any kind. Answers what was told. */
  any(key: string, random: Random): Promise<Told> {
    const share = randomIndex(random, 100);
    const seen = this.#seen.get(key);
    if (share < 35 || (seen === undefined && share < 60)) return this.#get(key, false);
    if (share < 60) return this.#put(key, seen);
    if (share < 75) return this.#create(key);
    if (share < 85) return this.#put(key, undefined);
    return this.#delete(key, share < 95 ? seen : undefined);
  }

  /** The last look at a key, when all is quiet. */
  settled(key: string): Promise<Told> {
    return this.#get(key, true);
  }

  #get(key: string, settled: boolean): Promise<Told> {
    return this.#run(key, { kind: "get", settled }, async () => {
      const entry = await this.#store.get(key, { fresh: true });
      return { kind: "held", held: entry ? this.#saw(entry) : nothing };
    });
  }

  #create(key: string): Promise<Told> {
    const number = this.#recorder.nextNumber();
    return this.#run(key, { kind: "create", number }, async () => {
      this.#saw(await this.#store.create(key, number));
      return { kind: "done" };
    });
  }

  #put(key: string, over: Seen | undefined): Promise<Told> {
    const number = this.#recorder.nextNumber();
    return this.#run(key, { kind: "put", number, ...(over && { over: over.held }) }, async () => {
      this.#saw(await this.#store.put(key, number, over && { revision: over.revision }));
      return { kind: "done" };
    });
  }

  #delete(key: string, over: Seen | undefined): Promise<Told> {
    return this.#run(key, { kind: "delete", ...(over && { over: over.held }) }, async () => {
      const found = await this.#store.delete(key, over && { revision: over.revision });
      this.#seen.delete(key);
      return { kind: "done", found };
    });
  }

  async #run(key: string, action: Action, ask: () => Promise<Told>): Promise<Told> {
    const told = await this.#recorder.record(this.#name, key, action, ask);
    if (told.kind === "refused") this.#seen.delete(key); // what it saw is over: look again before comparing
    return told;
  }

  #saw({ key, value, revision }: Entry): Held {
    const held = Number(value);
    this.#seen.set(key, { held, revision });
    this.#recorder.note(key, held, revision);
    return held;
  }
}
