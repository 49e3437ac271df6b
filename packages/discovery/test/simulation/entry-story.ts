import type { Json, SessionId } from "@skylark/coordination";
import { expect } from "vitest";
import { OwnedEntry } from "../../src/entry/owned-entry.js";
import type { SimulatedClient } from "./simulated-client.js";
import { World } from "./world.js";

export const key = "/a/mine";

const value = { nonce: "n1", text: "here" };

/** One client and one entry that it keeps. */
export class EntryStory {
  readonly world = new World();
  readonly client: SimulatedClient = this.world.store.client();
  readonly entry = this.kept();

  kept(): OwnedEntry {
    return new OwnedEntry(this.client, { ...this.world.surroundings, key, value, nonce: "n1", what: "the entry" });
  }

  /** The entry is there, and what led to it is no news any more. */
  async listed(entry = this.entry): Promise<void> {
    const started = entry.start();
    await this.world.settle();
    await started;
    this.world.news();
  }

  /** Lets promises go on until a request is under way. */
  untilSent(): Promise<void> {
    return this.untilMoves("store");
  }

  async untilMoves(move: "store" | "reply" | "event"): Promise<void> {
    while (!this.client.moves.includes(move)) await new Promise((resolve) => setImmediate(resolve));
  }
}

export function sessionOf({ session }: SimulatedClient): SessionId | undefined {
  return "id" in session ? session.id : undefined;
}

/** The one entry as it should stand: mine, under the session of now. */
export function expectMine({ world, client, entry }: EntryStory, says: Json = value): void {
  expect(world.store.entries.get(key)).toMatchObject({ value: says, owner: sessionOf(client) });
  expect(entry.status).toEqual({ kind: "listed", why: undefined });
}
