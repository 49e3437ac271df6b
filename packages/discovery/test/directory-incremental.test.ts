import type { Json, Operation } from "@skylark/coordination";
import { type Random, randomIndex } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { type Directory, DirectoryWatch, layout } from "../src/internal.js";
import { TestLifeSigns } from "./life-signs.js";
import { instance, World } from "./simulation/world.js";

const keys = layout("test");
const ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
const addresses = ["tcp://127.0.0.1:4000", "tcp://127.0.0.1:4001"];

/** One atomic write of up to four operations, often on the same few keys: entries come, change, move, break and go. */
function writeOf(random: Random): Operation[] {
  const pick = <T>(choices: readonly T[]): T => choices[randomIndex(random, choices.length)] as T;
  return Array.from({ length: 1 + randomIndex(random, 4) }, (): Operation => {
    const [id, address] = [pick(ids), pick(addresses)];
    const [key, override] = [keys.instance("grading", address, id), keys.override("grading", id)];
    const record = instance({ id, address, weight: randomIndex(random, 100), state: pick(["serving", "leaving"]) });
    return pick<Operation>([
      { kind: "put", key, value: record as unknown as Json },
      { kind: "put", key, value: record as unknown as Json },
      { kind: "delete", key },
      { kind: "delete", key },
      { kind: "put", key, value: { id } },
      { kind: "put", key: override, value: { registered: pick([true, false]) } },
      { kind: "delete", key: override },
    ]);
  });
}

/** All of it but when it was heard. */
function contentOf({ instances, complete, inTouch }: Directory): unknown {
  return { instances, complete, inTouch };
}

describe("a directory that follows single changes", () => {
  it.each([1, 2, 3, 4, 5])("is what one who is told all anew each time has, with seed %i", async (seed) => {
    const world = new World(seed);
    const { random, store, surroundings } = world;
    const signs = new TestLifeSigns(() => world.clock.now());
    const options = { ...surroundings, lifeSigns: signs };
    const [follower, returner] = [store.client(), store.client()];
    const following = new DirectoryWatch(follower, "test", "grading", () => {}, options);
    const returning = new DirectoryWatch(returner, "test", "grading", () => {}, options);
    await world.settle();
    for (let step = 0; step < 120; step++) {
      const id = ids[randomIndex(random, ids.length)] as string;
      for (const change of [() => signs.connect(id), () => signs.freeze(id), () => signs.lose(id)])
        if (randomIndex(random, 4) === 0) change();
      returner.cut();
      store.write(undefined, writeOf(random));
      returner.reconnect();
      await world.settle();
      expect(contentOf(following.directory), `step ${step}`).toEqual(contentOf(returning.directory));
      if (randomIndex(random, 8) > 0) continue;
      await world.pass(25 * randomIndex(random, 60));
      expect(contentOf(following.directory), `behind step ${step}`).toEqual(contentOf(returning.directory));
    }
    following.close();
    returning.close();
  });
});
