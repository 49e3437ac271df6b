import type { Expression } from "oxc-parser";
import type { Finding } from "../report.js";
import { type Source, visitSource } from "../source-tree.js";

const suites = new Set(["it", "test", "describe", "bench"]);

/** Things left behind that were never meant to stay, and ways around the type checker. */
export function checkMarks(source: Source): Finding[] {
  const findings: Finding[] = [];
  const add = (start: number, message: string): void => {
    findings.push({ place: `${source.path}:${source.lineAt(start)}`, message });
  };
  for (const { value, start } of source.comments) {
    if (/\b(TODO|FIXME|XXX|HACK)\b/.test(value)) add(start, "do it, or open an issue: notes to oneself rot");
    if (/@ts-(ignore|nocheck)\b/.test(value)) add(start, "@ts-ignore hides more than it says: mend the type");
    if (/\b(oxlint|eslint)-disable|biome-ignore/.test(value) && !/--\s*\S|:\s*\S/.test(value)) {
      add(start, "a rule switched off without a reason: add it after --");
    }
  }
  visitSource(source, {
    TSAsExpression(node) {
      if (node.typeAnnotation.type === "TSAnyKeyword") add(node.start, '"as any" switches the checker off: narrow it');
    },
    MemberExpression(node) {
      if (node.computed || node.property.name !== "only") return;
      const suite = rootName(node.object);
      if (suite !== undefined && suites.has(suite)) add(node.start, ".only leaves the other tests out");
    },
  });
  return findings;
}

/** `it` of `it.each(…)` and the like. */
function rootName(expression: Expression): string | undefined {
  switch (expression.type) {
    case "Identifier":
      return expression.name;
    case "MemberExpression":
      return rootName(expression.object);
    case "CallExpression":
      return rootName(expression.callee);
    default:
      return undefined;
  }
}
