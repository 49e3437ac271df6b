import type { Json } from "@skylark/coordination";
import { openEngine, patience } from "./engine.js";
import type { Held, RawStore } from "./raw-store.js";

/** The embedded store has no client but the port: it is its own raw engine, without the directory on top. */
export async function openRawEmbedded(address: string): Promise<RawStore> {
  const store = await openEngine({ name: "embedded", address });
  const json = (text: string): Json => JSON.parse(text) as Json;
  return {
    create: async (key, text, options = {}) => void (await store.create(key, json(text), { ...patience, ...options })),
    set: async (key, text) => void (await store.put(key, json(text), patience)),
    delete: async (key) => void (await store.delete(key, patience)),
    get: async (key, options = {}) => JSON.stringify((await store.get(key, options))?.value),
    readBelow: async (parent) => (await store.list(parent)).map(({ value }) => JSON.stringify(value)),
    watch: (parent, held) =>
      new Promise((resolve) => {
        store.watch(parent, (event) => {
          if (event.kind === "snapshot") return resolve();
          for (const change of event.changes) tell(held, change);
        });
      }),
    close: () => store.close(),
  };
}

function tell(
  held: Held,
  change: { kind: "put"; entry: { key: string; value: Json } } | { kind: "deleted"; key: string },
) {
  if (change.kind === "deleted") held(change.key, undefined);
  else held(change.entry.key, change.entry.value);
}
