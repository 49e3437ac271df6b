import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** A planted bug: a patch of the sources that the suite must notice. */
export interface Mutant {
  readonly name: string;
  readonly patchPath: string;
  /** What a person could have got wrong. */
  readonly what: string;
  /** The test files that must fail, relative to the root. */
  readonly caughtBy: readonly string[];
}

/**
 * Reads `mutants/*.patch`: lines `# what: …` and `# caught by: <test files, by commas>`, then a unified diff of paths
 * relative to the root.
 */
export function readMutants(root: string): Mutant[] {
  return readdirSync(join(root, "mutants"))
    .filter((file) => file.endsWith(".patch"))
    .toSorted()
    .map((file) => readMutant(join(root, "mutants", file)));
}

function readMutant(patchPath: string): Mutant {
  const name = basename(patchPath, ".patch");
  const text = readFileSync(patchPath, "utf8");
  const header = (key: string): string => {
    const value = new RegExp(`^# ${key}:\\s*(.+)$`, "m").exec(text)?.[1]?.trim();
    if (!value) throw new Error(`mutants/${name}.patch has no line "# ${key}: …"`);
    return value;
  };
  const caughtBy = header("caught by").split(/[,\s]+/);
  return { name, patchPath, what: header("what"), caughtBy };
}
