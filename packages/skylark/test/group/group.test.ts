import { byKey } from "@skylark/balance";
import { type Application, call, connect, defineService, group, partitioned, SkylarkError, serve } from "skylark";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { World } from "../world.js";

/** A cache that knows its own name, and fails or hangs where it is told to. */
class Cache {
  readonly name: string;
  readonly ended: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  async where(): Promise<string> {
    return this.name;
  }

  async failAt(...names: readonly string[]): Promise<string> {
    if (names.includes(this.name)) throw new SkylarkError("not_found", `nothing at ${this.name}`);
    return this.name;
  }

  /** Hangs, at these names, until it is given up. */
  async hangAt(...names: readonly string[]): Promise<string> {
    if (!names.includes(this.name)) return this.name;
    const { signal } = call();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    this.ended.push(this.name);
    throw signal.reason;
  }

  async note(word: string): Promise<void> {
    this.ended.push(`${word} at ${this.name}`);
  }

  async many(keys: readonly string[]): Promise<Record<string, string>> {
    return Object.fromEntries(keys.map((key) => [key, this.name]));
  }

  async *ticks(): AsyncGenerator<number> {
    yield 1;
  }
}

/** Serves a cache of each name, and waits until the caller knows all of them. */
async function cachesOf(world: World, ...names: readonly string[]) {
  const caches = names.map((name) => new Cache(name));
  const providers: Application[] = [];
  for (const cache of caches) {
    const provider = world.application({ settings: { tags: [cache.name] } });
    await serve("cache", cache, { application: provider });
    providers.push(provider);
  }
  const application = world.application();
  const all = await group<Cache>("cache", { application });
  await expect.poll(async () => (await all.where()).toSorted(), { timeout: 30_000 }).toEqual(names);
  return { all, caches, providers, application };
}

async function thrownBy(work: PromiseLike<unknown>): Promise<SkylarkError> {
  try {
    await work;
  } catch (thrown) {
    return SkylarkError.from(thrown);
  }
  throw new Error("it did not fail");
}

describe("a group", () => {
  it("RPC-11.1 is asked as one: all, those that fit, as many as are needed, the first", async () => {
    const { all, caches } = await cachesOf(new World(), "a", "b", "c");
    expectTypeOf(await all.where()).toEqualTypeOf<string[]>();
    expect(await all.with({ tags: ["b"] }).where()).toEqual(["b"]);

    const error = await thrownBy(all.failAt("b"));
    expect(error).toMatchObject({ code: "not_found", reason: "TOO_FEW_ANSWERS", details: { asked: 3, answered: 2 } });
    expect(error.stack).toContain("group.test");
    expect((await all.with({ need: "quorum" }).failAt("b")).toSorted()).toEqual(["a", "c"]);

    expect(await all.hangAt("a", "c").first()).toBe("b");
    await expect.poll(() => caches.flatMap(({ ended }) => ended).toSorted(), { timeout: 30_000 }).toEqual(["a", "c"]);

    for (const { ended } of caches) ended.length = 0;
    await all.note.oneWay("noted");
    await expect
      .poll(() => caches.map(({ ended }) => ended), { timeout: 30_000 })
      .toEqual([["noted at a"], ["noted at b"], ["noted at c"]]);

    const controller = new AbortController();
    const answers = all.with({ signal: controller.signal }).hangAt("a", "b", "c");
    controller.abort();
    expect(await thrownBy(answers)).toMatchObject({ code: "cancelled" });
  });

  it("RPC-11.1 by key goes to the key's owner, the same that a scattered call asks", async () => {
    const { application } = await cachesOf(new World(), "a", "b", "c");
    const keys = Array.from({ length: 30 }, (_, at) => `key-${at}`);
    const shards = await partitioned<Cache>("cache", { application });
    const parts = await shards.scatter(keys, (shard, some) => shard.many(some), { idempotent: true });
    const found = Object.assign({}, ...parts.map(({ value }) => value)) as Record<string, string>;
    expect(Object.keys(found).toSorted()).toEqual(keys.toSorted());
    const one = await connect<Cache>("cache", { application, balancer: byKey });
    await expect
      .poll(async () => Promise.all(keys.map((key) => one.with({ key }).where())), { timeout: 30_000 })
      .toEqual(keys.map((key) => found[key]));
  });

  it("leaves out who has left, asks who has come, and says where nobody is there", async () => {
    const world = new World();
    const { all, providers, application } = await cachesOf(world, "a", "b");
    await providers[1]?.close();
    await expect.poll(async () => await all.with({ need: "any" }).where(), { timeout: 30_000 }).toEqual(["a"]);
    await serve("cache", new Cache("c"), { application: world.application() });
    await expect.poll(async () => (await all.where()).toSorted(), { timeout: 30_000 }).toEqual(["a", "c"]);

    const nobody = await group<Cache>("nowhere", { application });
    const expected = { code: "unavailable", reason: "NO_INSTANCE", notExecuted: true };
    expect(await thrownBy(nobody.where())).toMatchObject(expected);
    expect(await thrownBy(nobody.where().first())).toMatchObject(expected);
  });

  it("is typed and checked by a contract, and is not asked for streams", async () => {
    const world = new World();
    const Sizes = defineService("sizes", {
      version: "1.0.0",
      methods: {
        size: { input: z.object({ of: z.string() }), output: z.number() },
        watch: { stream: z.number() },
      },
    });
    const handlers = {
      size: ({ of }: { of: string }) => of.length,
      async *watch() {
        yield 1;
      },
    };
    await serve(Sizes, handlers, { application: world.application() });
    const sizes = await group(Sizes, { application: world.application(), readyWithinMs: 30_000 });
    const total = await sizes.size({ of: "four" }).reduce((sum, size) => sum + size, 0);
    expectTypeOf(total).toEqualTypeOf<number>();
    expect(total).toBe(4);
    const untyped = sizes as unknown as Record<"watch", () => PromiseLike<unknown>>;
    expect(await thrownBy(untyped.watch())).toMatchObject({ code: "unimplemented", reason: "TOO_FEW_ANSWERS" });
    expectTypeOf<typeof sizes.watch>().not.toBeFunction();
  });
});
