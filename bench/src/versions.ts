import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type ContenderName, loadContender } from "./contenders.js";

/** The versions of what was measured: Node's, and of each contender's packages. */
export async function versionsOf(contenders: readonly ContenderName[]): Promise<Record<string, string>> {
  const loaded = await Promise.all(contenders.map(loadContender));
  const packages = new Set(loaded.flatMap((contender) => contender.packages));
  const versions: Record<string, string> = { node: process.versions.node };
  for (const name of packages) versions[name] = installedVersion(name);
  return versions;
}

/** Reads it beside the package's entry: not every package lets its package.json be imported. */
function installedVersion(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  while (folder !== dirname(folder)) {
    const path = join(folder, "package.json");
    if (existsSync(path)) {
      const found = JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string };
      if (found.name === name && found.version !== undefined) return found.version;
    }
    folder = dirname(folder);
  }
  return "of unknown version";
}
