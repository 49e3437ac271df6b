import { byKey } from "@skylark/balance";
import { Application, connect, group, partitioned, serve } from "skylark";

class Cache {
  readonly #values = new Map<string, string>();

  async put(key: string, value: string): Promise<void> {
    this.#values.set(key, value);
  }

  async get(key: string): Promise<string | undefined> {
    return this.#values.get(key);
  }

  async many(keys: readonly string[]): Promise<(string | undefined)[]> {
    return keys.map((key) => this.#values.get(key));
  }

  async size(): Promise<number> {
    return this.#values.size;
  }
}

const steps: unknown[] = [];
export const told = steps;

/** Another process, as it were. */
await using other = new Application({ name: "cache" });
await serve("cache", new Cache(), { lead: true });
await serve("cache", new Cache(), { application: other, lead: true });

const caches = await group<Cache>("cache", { readyWithinMs: 5000 });
await settled(async () => (await caches.size()).length);

const sizes = await caches.size(); // of all; fails where one fails, and names it
const some = await caches.with({ need: "quorum" }).size(); // more than half have to answer
const first = await caches.get("ada").first(); // whoever answers first; the others are given up
const total = await caches.size().reduce((sum, size) => sum + size, 0);

steps.push(sizes, some.length > 1, first, total);

const owner = await connect<Cache>("cache", { balancer: byKey });
await owner.with({ key: "ada" }).put("ada", "Lovelace"); // every client finds the same owner

const shards = await partitioned<Cache>("cache");
const parts = await shards.scatter(["ada", "alan"], (shard, keys) => shard.many(keys), { idempotent: true });
steps.push(Object.fromEntries(parts.flatMap(({ keys, value }) => keys.map((key, at) => [key, value[at]]))));

const cache = await connect<Cache>("cache");
steps.push(await cache.with({ to: "leader" }).size());

async function settled(size: () => Promise<number>): Promise<void> {
  while ((await size()) < 2) await new Promise((resolve) => setTimeout(resolve, 10));
}
