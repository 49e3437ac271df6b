import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A built module of the former version, by its path; typed as today's, which it is like enough for a recording. */
export async function moduleOf<Module>(folder: string, path: string): Promise<Module> {
  return (await import(pathToFileURL(join(folder, "packages", path)).href)) as Module;
}
