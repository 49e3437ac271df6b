import type { Finding } from "../report.js";
import { type Package, relativeTarget } from "./workspace.js";

/**
 * Folders that import each other in a circle, directly or through files beside them. At each level of `src`, its files and
 * its folders are what may or may not depend on one another; circles of files alone are the linter's business.
 */
export function checkFolderCycles(from: Package): Finding[] {
  const edges = from.modules.flatMap((module) =>
    module.imports
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier }) => [module.path, relativeTarget(module.path, specifier)] as const),
  );
  return cyclesBelow(`${from.folder}/`, edges);
}

function cyclesBelow(folder: string, edges: readonly (readonly [string, string])[]): Finding[] {
  const graph = new Map<string, Set<string>>();
  for (const [importer, imported] of edges) {
    if (!importer.startsWith(folder) || !imported.startsWith(folder)) continue;
    const [from, to] = [childOf(folder, importer), childOf(folder, imported)];
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    if (from !== to) targets.add(to);
  }
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const start of graph.keys()) {
    if (!start.endsWith("/")) continue;
    const circle = circleThrough(graph, start);
    if (circle && !circle.some((node) => told.has(node))) {
      for (const node of circle) told.add(node);
      const names = [...circle, start].map((node) => node.slice(folder.length));
      findings.push({
        place: folder,
        message: `${names.join(" → ")} is a circle: one of them must not know the other`,
      });
    }
    findings.push(...cyclesBelow(start, edges));
  }
  return findings;
}

/** `src/wire/` or `src/code.ts`: what stands directly in `folder` and holds `path`. */
function childOf(folder: string, path: string): string {
  const slash = path.indexOf("/", folder.length);
  return slash === -1 ? path : path.slice(0, slash + 1);
}

/** The shortest way from `start` back to it. */
function circleThrough(graph: ReadonlyMap<string, ReadonlySet<string>>, start: string): string[] | undefined {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way; way = ways.shift()) {
    for (const next of graph.get(way.at(-1) as string) ?? []) {
      if (next === start) return way;
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
