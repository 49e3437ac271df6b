import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NothingFound, UsageError } from "../../src/failure.js";
import { openSystemFile } from "../../src/up/system-file.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sky-system-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const typescript = `
  const path: string = new URL("./log.js", import.meta.url).pathname;
  export default { name: "typed", processes: { log: { module: path satisfies string } } };
`;
const json = JSON.stringify({ name: "plain", processes: { log: { module: "./log.js" } } });

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

it("is TypeScript, JavaScript or JSON", async () => {
  write("a.ts", typescript);
  write("b.mjs", typescript.replaceAll(/: string|satisfies string/g, ""));
  write("c.json", json);
  for (const [name, system] of [
    ["a.ts", "typed"],
    ["b.mjs", "typed"],
    ["c.json", "plain"],
  ] as const) {
    const file = await openSystemFile(name, folder);
    expect(file).toMatchObject({ path: join(folder, name), folder, definition: { name: system } });
  }
});

it("is found by its name, skylark.system before system, TypeScript before JSON", async () => {
  await expect(openSystemFile(undefined, folder)).rejects.toThrow("there is no system file in");
  write("system.json", json);
  expect((await openSystemFile(undefined, folder)).path).toBe(join(folder, "system.json"));
  write("system.ts", typescript);
  expect((await openSystemFile(undefined, folder)).path).toBe(join(folder, "system.ts"));
  write("skylark.system.json", json);
  expect((await openSystemFile(undefined, folder)).path).toBe(join(folder, "skylark.system.json"));
});

it("lies where its paths begin, also in another folder", async () => {
  mkdirSync(join(folder, "inner"));
  write("inner/system.json", json);
  expect((await openSystemFile("inner/system.json", folder)).folder).toBe(join(folder, "inner"));
});

it("that is not there, or makes no sense, is refused by name", async () => {
  const missing = openSystemFile("none.ts", folder);
  await expect(missing).rejects.toThrow("there is no file none.ts");
  await expect(missing).rejects.toBeInstanceOf(NothingFound);
  write("broken.json", "{");
  write("broken.ts", "export default {");
  write("empty.ts", "export const system = {};");
  write("throws.mjs", "throw new Error('not today');");
  for (const [name, says] of [
    ["broken.json", "broken.json is not JSON"],
    ["broken.ts", "broken.ts cannot be loaded"],
    ["empty.ts", 'empty.ts exports no system: write "export default defineSystem'],
    ["throws.mjs", "throws.mjs cannot be loaded: not today"],
  ] as const) {
    const opened = openSystemFile(name, folder);
    await expect(opened).rejects.toThrow(says);
    await expect(opened).rejects.toBeInstanceOf(UsageError);
  }
});
