import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A version of Skylark, as a folder in which it is built. */
export interface Version {
  readonly name: "former" | "this";
  readonly folder: string;
}

export function fileOf({ folder }: Version, path: string): URL {
  return pathToFileURL(join(folder, path));
}
