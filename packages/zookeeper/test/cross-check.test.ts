import { printedSeed, startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openZooKeeper, type ZooKeeper } from "../src/index.js";
import { openOurs, openTheirs } from "./support/checked-clients.js";
import { randomOperation } from "./support/random-operations.js";

const operations = process.env["SKYLARK_FULL"] === "1" ? 500 : 100;

let ensemble: ZooKeeperEnsemble;

beforeAll(async () => {
  ensemble = await startZooKeeper();
}, 120_000);

afterAll(() => ensemble?.close(), 60_000);

describe("our client and node-zookeeper-client", () => {
  it("COORD-11.1 answer the same to the same operations, and leave identical trees", async () => {
    const { seed, random } = printedSeed("cross-check");
    await using reader = await openZooKeeper(ensemble.connectString);
    for (const root of ["/ours", "/theirs"]) await reader.create(root);
    await using ours = await openOurs(`${ensemble.connectString}/ours`);
    await using theirs = await openTheirs(`${ensemble.connectString}/theirs`);
    const outcomes = { answered: 0, refused: 0 };
    for (let number = 0; number < operations; number += 1) {
      const operation = randomOperation(random);
      const [our, their] = await Promise.all([ours.run(operation), theirs.run(operation)]);
      expect(our, `operation ${number} of seed ${seed}: ${JSON.stringify(operation)}`).toEqual(their);
      outcomes[typeof our === "string" ? "refused" : "answered"] += 1;
    }
    await reader.sync();
    const [ourTree, theirTree] = [await treeOf(reader, "/ours"), await treeOf(reader, "/theirs")];
    expect(ourTree, `seed ${seed}`).toEqual(theirTree);
    process.stdout.write(
      `[zookeeper: cross-check] seed ${seed}, operations ${operations}, answered ${outcomes.answered}, refused ${outcomes.refused}, nodes ${ourTree.length}\n`,
    );
    expect(outcomes.answered).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  }, 60_000);
});

/** Every node below `root`, with all that both clients can have a part in. */
async function treeOf(reader: ZooKeeper, root: string, path = ""): Promise<unknown[]> {
  const at = root + path;
  const [{ data }, { acl }, { children, stat }] = await Promise.all([
    reader.getData(at),
    reader.getAcl(at),
    reader.getChildren(at),
  ]);
  const { version, cversion, aversion, ephemeralOwner } = stat;
  const own = {
    path,
    data: data.toString("hex"),
    acl,
    version,
    cversion,
    aversion,
    isEphemeral: ephemeralOwner !== 0n,
  };
  const below = await Promise.all(children.toSorted().map((name) => treeOf(reader, root, `${path}/${name}`)));
  return [own, ...below.flat()];
}
