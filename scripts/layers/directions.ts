import { builtinModules } from "node:module";
import type { Finding } from "../report.js";
import { type Module, type Package, packageNameOf, relativeTarget } from "./workspace.js";

/** Imports between packages: strictly down, declared, and through a door that is meant for the one who enters. */
export function checkDirections(packages: readonly Package[]): Finding[] {
  const byName = new Map(packages.map((each) => [each.name, each]));
  return packages.flatMap((from) =>
    [...from.modules, ...from.tests].flatMap((module) =>
      module.imports.flatMap(({ specifier, line }) => {
        const message = specifier.startsWith(".")
          ? refuseRelative(from, module, specifier)
          : refuseNamed(from, module, specifier, byName);
        return message === undefined ? [] : [{ place: `${module.path}:${line}`, message }];
      }),
    ),
  );
}

function refuseRelative(from: Package, module: Module, specifier: string): string | undefined {
  const target = relativeTarget(module.path, specifier);
  if (!target.startsWith(`${from.folder}/`)) return `${specifier} leaves the package: import the other by its name`;
  const isDoor = /\/src\/(index|internal)\.ts$/.test(target);
  if (isDoor && from.modules.includes(module)) return `${specifier} is a door: inside the package, import the module`;
  return undefined;
}

function refuseNamed(
  from: Package,
  module: Module,
  specifier: string,
  byName: ReadonlyMap<string, Package>,
): string | undefined {
  const name = packageNameOf(specifier);
  if (name === undefined) return undefined;
  if (builtinModules.includes(name)) return `${specifier} comes with Node: write node:${specifier}`;
  const to = byName.get(name);
  const isTest = from.tests.includes(module);
  if (to === undefined) {
    const missing = !isTest && !from.dependencies.has(name);
    return missing ? `${name} is not among the dependencies of ${from.folder}/package.json` : undefined;
  }
  if (to === from && !isTest) return `${specifier} is this very package: import the module`;
  if (isTest) return undefined;
  if (!from.dependencies.has(name)) return `${name} is not among the dependencies of ${from.folder}/package.json`;
  if (to.layer === "dev" && from.layer !== "dev") return `${name} is for tests only`;
  if (from.layer === undefined) {
    return specifier.endsWith("/internal")
      ? `${specifier} is the siblings' door: an example uses the public one`
      : undefined;
  }
  if (from.layer === "dev") return undefined;
  if (to.layer === undefined) return `${name} is an example: no package stands on it`;
  if (to.layer !== "dev" && to.layer >= from.layer) {
    return `${from.name} (layer ${from.layer}) imports ${name} (layer ${to.layer}): imports only go down`;
  }
  return undefined;
}
