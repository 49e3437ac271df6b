import type { Finding } from "../report.js";
import { type Package, relativeTarget } from "./workspace.js";

/**
 * The layers inside a part of an application, as its package.json declares them, outermost first:
 * `"layers": { "grading": ["open", "service", "storage"] }`. A folder knows those that come after it; from beside the part,
 * only the first may be entered, its open interface, and what lies in none of them is for the part itself.
 */
export function checkPartLayers(from: Package): Finding[] {
  return Object.entries(from.partLayers).flatMap(([part, layers]) => [
    ...missingFolders(from, part, layers),
    ...from.modules.flatMap((module) =>
      module.imports
        .filter(({ specifier }) => specifier.startsWith("."))
        .flatMap(({ specifier, line }) => {
          const target = relativeTarget(module.path, specifier);
          const message = refusal(`${from.folder}/${part}/`, layers, module.path, target);
          return message === undefined ? [] : [{ place: `${module.path}:${line}`, message }];
        }),
    ),
  ]);
}

function refusal(part: string, layers: readonly string[], importer: string, imported: string): string | undefined {
  if (!imported.startsWith(part)) return undefined;
  const to = layerOf(part, layers, imported);
  if (!importer.startsWith(part)) {
    return to === 0 ? undefined : `${imported} is inside the part: from outside, import what is in ${part}${layers[0]}`;
  }
  const at = layerOf(part, layers, importer);
  if (at === -1 || to === -1 || to >= at) return undefined;
  return `the layer ${layers[at]} knows nothing of ${layers[to]}: imports go ${layers.join(" → ")}`;
}

/** Its place in the order; -1 for what stands beside the layers. */
function layerOf(part: string, layers: readonly string[], path: string): number {
  return layers.findIndex((layer) => path.startsWith(`${part}${layer}/`));
}

function missingFolders(from: Package, part: string, layers: readonly string[]): Finding[] {
  return layers
    .filter((layer) => !from.modules.some(({ path }) => path.startsWith(`${from.folder}/${part}/${layer}/`)))
    .map((layer) => ({
      place: `${from.folder}/package.json`,
      message: `declares the layer ${part}/${layer}, which has no module`,
    }));
}
