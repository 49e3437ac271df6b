import type { Json } from "@skylark/coordination";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type Directory,
  DirectoryWatch,
  explainAbsence,
  type InstanceRecord,
  layout,
  select,
} from "../src/internal.js";
import { TestLifeSigns } from "./life-signs.js";
import type { SimulatedClient } from "./simulation/simulated-client.js";
import { instance, World } from "./simulation/world.js";

const keys = layout("test");

let world: World;
let client: SimulatedClient;
let told: Directory[];
let signs: TestLifeSigns;

beforeEach(() => {
  world = new World();
  client = world.store.client();
  told = [];
  signs = new TestLifeSigns(() => world.clock.now());
});

function list(own: Partial<InstanceRecord> = {}): void {
  const record = instance(own);
  world.store.put(keys.instance(record.service, record.address, record.id), record as unknown as Json);
}

function ids(directory: Directory): string[] {
  return directory.instances.map(({ id }) => id);
}

describe("a directory of one who calls the instances", () => {
  async function calling(...idsListed: readonly string[]): Promise<DirectoryWatch> {
    for (const id of idsListed) list({ id });
    const options = { ...world.surroundings, lifeSigns: signs };
    const watch = new DirectoryWatch(client, "test", "grading", (directory) => told.push(directory), options);
    await world.settle();
    signs.connect(...idsListed);
    told.splice(0);
    return watch;
  }

  const keyOf = (id: string): string => keys.instance("grading", instance().address, id);

  it("DISC-5.4 keeps all that an emptied store forgot while they answer, says so once, and shows them as doubted", async () => {
    const watch = await calling("a", "b", "c");
    signs.lose("c");
    client.cut();
    for (const id of ["a", "b", "c"]) world.store.delete(keyOf(id));
    client.reconnect();
    await world.settle();
    expect(watch.directory.instances.map(({ id, doubted }) => `${id} ${doubted}`)).toEqual([
      "a unlisted",
      "b unlisted",
    ]);
    expect(select(watch.directory, {}).map(({ id }) => id)).toEqual(["a", "b"]);
    await world.pass(10_000);
    expect(told).toHaveLength(2);
    expect(world.logged).toEqual([
      {
        level: "warn",
        message:
          '2 instances of "grading" vanished from the store without a word and still answer: kept for 60 s at most',
      },
    ]);
    expect(explainAbsence(watch.directory, { region: "us" }, world.clock.now())).toContain(
      "2 of them doubted (answering, but no longer in the store)",
    );
  });

  it("DISC-5.5 drops after 60 s what answers without being listed", async () => {
    const watch = await calling("a", "b");
    world.store.delete(keyOf("a"));
    await world.pass(59_000);
    expect(ids(watch.directory)).toEqual(["a", "b"]);
    await world.pass(1500);
    expect(ids(watch.directory)).toEqual(["b"]);
    expect(world.logged.map(({ message }) => message).at(-1)).toMatch(/dropped: not listed for a minute/);
  });

  it("DISC-5.5 believes an orderly leave at once, although whoever leaves still answers", async () => {
    const watch = await calling("a", "b");
    list({ id: "a", state: "leaving" });
    world.store.delete(keyOf("a"));
    await world.settle();
    expect(ids(watch.directory)).toEqual(["b"]);
    expect(world.logged).toEqual([]);
  });

  it("takes back its doubt when the instance is listed again", async () => {
    const watch = await calling("a");
    world.store.delete(keyOf("a"));
    await world.pass(3000);
    list({ id: "a" });
    await world.settle();
    expect(watch.directory.instances.map(({ id, doubted }) => [id, doubted])).toEqual([["a", undefined]]);
    await world.pass(120_000);
    expect(ids(watch.directory)).toEqual(["a"]);
  });

  it("DISC-2.2 does not put back into rotation what it doubts, nor leave in what is taken out meanwhile", async () => {
    const watch = await calling("a", "b");
    world.store.put(keys.override("grading", "a"), { registered: false });
    await world.settle();
    for (const key of [keyOf("a"), keyOf("b"), keys.override("grading", "a")]) world.store.delete(key);
    await world.settle();
    expect(select(watch.directory, {}).map(({ id }) => id)).toEqual(["b"]);
    world.store.put(keys.override("grading", "b"), { registered: false });
    await world.settle();
    expect(select(watch.directory, {})).toEqual([]);
    expect(ids(watch.directory)).toEqual(["a", "b"]);
  });

  it("DISC-5.3 goes by what was written down until the store speaks, and doubts then whom it does not list", async () => {
    const before = (await calling("a", "b", "c")).directory.instances;
    for (const id of ["a", "b"]) world.store.delete(keyOf(id));
    signs.lose("b");
    client.cut();
    const options = { ...world.surroundings, lifeSigns: signs };
    const watch = new DirectoryWatch(client, "test", "grading", (directory) => told.push(directory), options);
    watch.remember(before, 90_000);
    expect(watch.directory).toMatchObject({
      complete: false,
      inTouch: false,
      rememberedSince: world.clock.now() - 90_000,
    });
    expect(select(watch.directory, {}).map(({ id, doubted }) => `${id} ${doubted}`)).toEqual([
      "a remembered",
      "b remembered",
      "c remembered",
    ]);
    expect(explainAbsence(watch.directory, { region: "us" }, world.clock.now())).toMatch(
      /3 in "eu".*as written down 90 s ago; the registry has not answered since the start/,
    );
    client.reconnect();
    await world.settle();
    expect(watch.directory).toMatchObject({ complete: true, inTouch: true, rememberedSince: undefined });
    expect(watch.directory.instances.map(({ id, doubted }) => `${id} ${doubted}`)).toEqual([
      "a unlisted",
      "c undefined",
    ]);
    watch.remember(before, 0);
    expect(ids(watch.directory)).toEqual(["a", "c"]);
  });

  it("asks nobody after it was closed", async () => {
    const watch = await calling("a");
    world.store.delete(keyOf("a"));
    await world.settle();
    watch.close();
    signs.asked.splice(0);
    await world.pass(5000);
    expect(signs.asked).toEqual([]);
  });
});
