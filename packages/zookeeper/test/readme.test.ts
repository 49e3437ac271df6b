import { readFileSync } from "node:fs";
import { startZooKeeper } from "@skylark/testkit";
import { expect, it } from "vitest";
import * as zookeeper from "../src/index.js";

const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("the examples of the README work, one behind the other", async () => {
  await using ensemble = await startZooKeeper();
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const code = blocks
    .join("\n")
    .replaceAll(/import .*;/g, "")
    .replaceAll("127.0.0.1:2181", ensemble.connectString);
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...args: unknown[]) => Promise<unknown>;
  const run = new AsyncFunction("openZooKeeper", "zooKeeperCode", `${code}; return { path, told, seen };`);
  const result = await run(zookeeper.openZooKeeper, zookeeper.zooKeeperCode);
  expect(result).toMatchObject({ path: "/app/worker-0000000000", told: ["failed_precondition", "not_empty"] });
  expect(result).toHaveProperty("seen", ["created", "created", "dataChanged"]);
}, 120_000);

it("names every option and every operation", () => {
  const options = readFileSync(new URL("../src/client/options.ts", import.meta.url), "utf8");
  const client = readFileSync(new URL("../src/client/zookeeper.ts", import.meta.url), "utf8");
  const named = [
    ...[...options.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name),
    ...[...client.matchAll(/^ {2}async (\w+)\(/gm)].map(([, name]) => name),
  ].filter((name) => name !== "clock" && name !== "random"); // for tests
  expect(named.length).toBeGreaterThan(25);
  for (const name of named) expect(page, `${name} is nowhere told of`).toMatch(new RegExp(`\\b${name}\\b`));
});
