import { checkDirections } from "./layers/directions.js";
import { checkFolderCycles } from "./layers/folder-cycles.js";
import { checkPartLayers } from "./layers/part-layers.js";
import { checkPurity } from "./layers/purity.js";
import { readWorkspace } from "./layers/workspace.js";
import { type CheckResult, isMain, report, repositoryRoot } from "./report.js";

/** Who may know whom: between packages, between the folders of one, between the layers of an application's part, and what pure folders may know of the machine. */
export function layers(root: string): CheckResult {
  const packages = readWorkspace(root);
  const modules = packages.reduce((sum, { modules, tests }) => sum + modules.length + tests.length, 0);
  const findings = [
    ...packages
      .filter(({ folder, layer }) => folder.startsWith("packages/") && layer === undefined)
      .map(({ folder }) => ({ place: `${folder}/package.json`, message: 'has no "layer": a number, or "dev"' })),
    ...checkDirections(packages),
    ...packages.flatMap(checkFolderCycles),
    ...packages.flatMap(checkPartLayers),
    ...checkPurity(packages),
  ];
  if (modules === 0) findings.push({ place: "packages", message: "no module was looked at: nothing was checked" });
  const pure = packages.reduce((sum, each) => sum + each.pure.length, 0);
  return { findings, summary: `looked at ${modules} modules of ${packages.length} packages, ${pure} pure folders` };
}

if (isMain(import.meta.url)) report(layers(repositoryRoot));
