import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NothingFound, UsageError } from "../failure.js";
import type { SystemDefinition } from "./system-definition.js";
import { readDefinition } from "./system-schema.js";

/** The names under which a system file is looked for, in this order. */
const systemFileNames = ["skylark.system", "system"].flatMap((name) =>
  ["ts", "js", "mjs", "json"].map((ending) => `${name}.${ending}`),
);

export interface SystemFile {
  /** Absolute. */
  readonly path: string;
  readonly folder: string;
  readonly definition: SystemDefinition;
}

/** Reads the file named, else the first of the names above in the folder. NothingFound where there is none; a usage error where it is wrong. */
export async function openSystemFile(named: string | undefined, folder: string): Promise<SystemFile> {
  const path = named === undefined ? foundIn(folder) : resolve(folder, named);
  if (!existsSync(path)) throw new NothingFound(`there is no file ${named}`);
  const where = relative(folder, path).startsWith("..") ? path : relative(folder, path);
  const value = path.endsWith(".json") ? readJson(path, where) : await importDefault(path, where);
  return { path, folder: dirname(path), definition: readDefinition(value, where) };
}

function foundIn(folder: string): string {
  const found = systemFileNames.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new NothingFound(`there is no system file in ${folder}: name one, or write ${systemFileNames[0]}`);
}

function readJson(path: string, where: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (thrown) {
    throw new UsageError(`${where} is not JSON: ${messageOf(thrown)}`);
  }
}

/** What it imports of this package is what runs here, wherever the file lies. */
async function importDefault(path: string, where: string): Promise<unknown> {
  const { createJiti } = await import("jiti"); // 2 MB, which other commands do without
  const alias = { "@skylark/cli": fileURLToPath(new URL("../index.js", import.meta.url)) };
  const jiti = createJiti(path, { alias, fsCache: false, moduleCache: false });
  let exported: unknown;
  try {
    exported = await jiti.import(path);
  } catch (thrown) {
    throw new UsageError(`${where} cannot be loaded: ${messageOf(thrown)}`);
  }
  if (typeof exported === "object" && exported !== null && "default" in exported) return exported.default;
  throw new UsageError(`${where} exports no system: write "export default defineSystem({ … })"`);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
