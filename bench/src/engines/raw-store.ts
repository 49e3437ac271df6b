import type { Json } from "@skylark/coordination";
import type { Engine } from "./engine.js";

/** What a watcher holds of a key now, read from its text as whoever uses it has to; `value` undefined: nothing. */
export type Held = (key: string, value: Json | undefined) => void;

/** A store without our port: an engine's own client, asked in the most direct way there is. */
export interface RawStore {
  create(key: string, text: string, options?: { readonly ephemeral?: boolean }): Promise<void>;
  /** As our driver creates; the guards that it lays out must be there. Absent where that is a plain create. */
  createGuarded?(key: string, text: string): Promise<void>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<void>;
  get(key: string, options?: { readonly fresh?: boolean }): Promise<string | undefined>;
  /** The texts of all that is directly below a key. */
  readBelow(parent: string): Promise<readonly string[]>;
  /** Tells each change below a key. `noticed` where the engine says first that something changed, and has to be asked what. */
  watch(parent: string, held: Held, noticed?: () => void): Promise<void>;
  close(): Promise<void>;
}

/** Loads one engine's client and nothing of the others. */
export async function openRawStore({ name, address }: Pick<Engine, "name" | "address">): Promise<RawStore> {
  switch (name) {
    case "embedded":
      return (await import("./raw-embedded.js")).openRawEmbedded(address);
    case "zookeeper":
      return (await import("./raw-zookeeper.js")).openRawZooKeeper(address);
    case "etcd":
      return (await import("./raw-etcd.js")).openRawEtcd(address);
  }
}
