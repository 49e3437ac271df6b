import { readFileSync } from "node:fs";
import * as rpc from "@skylark/rpc/internal";
import { expect, it } from "vitest";

const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("the examples of the README work, one behind the other", async () => {
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const imported = blocks.flatMap((block) => [
    ...block.matchAll(/import \{([^}]*)\} from "@skylark\/rpc\/internal";/g),
  ]);
  const names = [...new Set(imported.flatMap(([, list = ""]) => list.split(",").map((name) => name.trim())))];
  const code = blocks
    .join("\n")
    .replace(/import .*;/g, "")
    .replaceAll("<typeof grading>", "");
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...args: unknown[]) => Promise<unknown>;
  const run = new AsyncFunction(...names, `${code}; return receipt;`);
  const doors = names.map((name) => (rpc as Record<string, unknown>)[name]);
  expect(await run(...doors)).toMatchObject({ services: ["grading"], told: 1, acknowledged: 1 });
});
