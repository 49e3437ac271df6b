import type { Finding } from "../report.js";
import { visitSource } from "../source-tree.js";
import { type Module, type Package, packageNameOf, relativeTarget } from "./workspace.js";

/** What would let a pure module look at the machine behind its caller's back. */
const ambientCalls = new Set(["Date.now", "Math.random", "performance.now", "crypto.getRandomValues"]);
const ambientNames = new Set(["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "process", "fetch"]);
const ambientExports = new Set(["systemClock", "systemRandom", "randomId"]);

/**
 * Pure folders import nothing of Node, of impure neighbours or of impure packages, and ask neither clock nor chance by
 * themselves. Layer 0 is what the pure stand on: of it only the ports are theirs, not the system behind them.
 */
export function checkPurity(packages: readonly Package[]): Finding[] {
  const byName = new Map(packages.map((each) => [each.name, each]));
  return packages.flatMap((from) =>
    from.pure.flatMap((folder) => {
      const prefix = `${from.folder}/${folder}/`;
      const modules = from.modules.filter(({ path }) => path.startsWith(prefix));
      if (modules.length === 0) {
        return [{ place: `${from.folder}/package.json`, message: `"pure" names ${folder}, where no module is` }];
      }
      return modules.flatMap((module) => [...impureImports(from, module, byName), ...ambientUses(module)]);
    }),
  );
}

function impureImports(from: Package, module: Module, byName: ReadonlyMap<string, Package>): Finding[] {
  const findings: Finding[] = [];
  for (const { specifier, line, typeOnly, names } of module.imports) {
    const add = (what: string): number =>
      findings.push({ place: `${module.path}:${line}`, message: `${what}; ${why}` });
    if (specifier.startsWith("node:")) add(`imports ${specifier}`);
    else if (typeOnly) continue;
    else if (specifier.startsWith(".")) {
      if (!isPure(from, relativeTarget(module.path, specifier))) add(`imports ${specifier}, which is not pure`);
    } else {
      const to = byName.get(packageNameOf(specifier) ?? "");
      if (to && to.layer !== 0 && !to.pure.includes("src")) add(`imports ${specifier}, which is not pure`);
      if (to) for (const name of names) if (ambientExports.has(name)) add(`imports ${name}`);
    }
  }
  return findings;
}

const why = "a pure module is handed what it needs";

function isPure(from: Package, path: string): boolean {
  return from.pure.some((folder) => path.startsWith(`${from.folder}/${folder}/`));
}

function ambientUses({ path, source }: Module): Finding[] {
  const findings: Finding[] = [];
  const add = (start: number, what: string): void => {
    findings.push({ place: `${path}:${source.lineAt(start)}`, message: `uses ${what}; ${why}` });
  };
  visitSource(source, {
    MemberExpression(node) {
      if (node.computed || node.object.type !== "Identifier") return;
      const name = `${node.object.name}.${node.property.name}`;
      if (ambientCalls.has(name) || node.object.name === "process") add(node.start, name);
    },
    CallExpression({ callee, start }) {
      if (callee.type === "Identifier" && ambientNames.has(callee.name)) add(start, callee.name);
    },
    NewExpression({ callee, arguments: given, start }) {
      if (callee.type === "Identifier" && callee.name === "Date" && given.length === 0) add(start, "new Date()");
    },
  });
  return findings;
}
