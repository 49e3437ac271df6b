import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Import, Source } from "../source-tree.js";
import { importsOf, isTypeScript, listFiles, readSource } from "../source-tree.js";

/** One module of a package, with what it imports. */
export interface Module {
  readonly path: string;
  readonly source: Source;
  readonly imports: readonly Import[];
}

/** One package or example of the workspace. */
export interface Package {
  readonly name: string;
  /** Relative to the root: `packages/rpc`. */
  readonly folder: string;
  /** A number, imports go to smaller ones; `dev`: for tests only; undefined for an example, which stands above all. */
  readonly layer: number | "dev" | undefined;
  /** Folders that know nothing of the machine, relative to `folder`. */
  readonly pure: readonly string[];
  /** The layers inside each part of an application, outermost first, by the part's folder. */
  readonly partLayers: Readonly<Record<string, readonly string[]>>;
  readonly dependencies: ReadonlySet<string>;
  /** Those below `src`, or all written ones of an example but its tests. */
  readonly modules: readonly Module[];
  /** Those below `test`. */
  readonly tests: readonly Module[];
}

interface PackageJson {
  readonly name: string;
  readonly layer?: number | "dev";
  readonly pure?: readonly string[];
  readonly layers?: Readonly<Record<string, readonly string[]>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readWorkspace(root: string): Package[] {
  const folders = ["packages", "examples"].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [],
  );
  return folders
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => readPackage(root, folder));
}

function readPackage(root: string, folder: string): Package {
  const json = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as PackageJson;
  const files = listFiles(join(root, folder)).filter(isTypeScript);
  const read = (path: string): Module => {
    const source = readSource(root, `${folder}/${path}`);
    return { path: source.path, source, imports: importsOf(source) };
  };
  return {
    name: json.name,
    folder,
    layer: json.layer,
    pure: json.pure ?? [],
    partLayers: json.layers ?? {},
    dependencies: new Set(
      [json.dependencies, json.devDependencies, json.peerDependencies].flatMap((names) => Object.keys(names ?? {})),
    ),
    modules: files.filter((path) => !path.startsWith("test/")).map(read),
    tests: files.filter((path) => path.startsWith("test/")).map(read),
  };
}

/** `@skylark/rpc` of `@skylark/rpc/internal`; undefined for a relative path and for what comes with Node. */
export function packageNameOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The file that a relative import of `from` names: compiled `.js` stands for written `.ts`. */
export function relativeTarget(from: string, specifier: string): string {
  const written = specifier.replace(/\.js$/, ".ts").replace(/\.mjs$/, ".mts");
  return join(from, "..", written);
}
