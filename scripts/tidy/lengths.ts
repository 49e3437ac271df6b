import type { Node } from "oxc-parser";
import type { Finding } from "../report.js";
import { childNodes, isTest, type Source } from "../source-tree.js";

/** Named limits, in lines. */
const lengthLimits = {
  /** Beyond it a file needs a line in the ratchet. */
  file: 300,
  /** Beyond it no ratchet helps; tests and measurements, which are lists, are spared. */
  fileHard: 400,
  function: 70,
} as const;

/** Files longer than the limit, with the length they have and may not exceed. */
export type Ratchet = Readonly<Record<string, number>>;

export const ratchetPath = "scripts/tidy/ratchet.json";

export function checkFileLengths(sources: readonly Source[], ratchet: Ratchet): Finding[] {
  const findings: Finding[] = [];
  const lengths = new Map(sources.map((source) => [source.path, lengthOf(source.text)]));
  for (const [path, length] of lengths) {
    const allowed = ratchet[path] ?? lengthLimits.file;
    if (length > lengthLimits.fileHard && !isTest(path)) {
      findings.push({ place: path, message: `${length} lines; none has more than ${lengthLimits.fileHard}: split it` });
    } else if (length > allowed) {
      findings.push({ place: path, message: `${length} lines, at most ${allowed}: do two concepts meet here?` });
    }
  }
  for (const [path, allowed] of Object.entries(ratchet)) {
    const length = lengths.get(path) ?? 0;
    if (length >= allowed && length > lengthLimits.file) continue;
    const instead = length > lengthLimits.file ? `write ${length}` : "take the line out";
    findings.push({ place: ratchetPath, message: `${path} has ${length} lines, ${allowed} are allowed: ${instead}` });
  }
  return findings;
}

/**
 * A function counts with everything inside it, save in files of tests and contract suites: a suite is a list of tests,
 * so there each function counts without the functions inside it.
 */
export function checkFunctionLengths(source: Source): Finding[] {
  const findings: Finding[] = [];
  const isSuite = /from "vitest"/.test(source.text);
  const visit = (node: Node): number => {
    let inner = 0;
    for (const child of childNodes(node)) inner += visit(child);
    if (!isFunction(node)) return inner;
    const first = source.lineAt(node.start);
    const whole = source.lineAt(node.end) - first + 1;
    const length = isSuite ? whole - inner : whole;
    if (length > lengthLimits.function) {
      const message = `a function of ${length} lines, at most ${lengthLimits.function}: name its parts`;
      findings.push({ place: `${source.path}:${first}`, message });
    }
    return whole - 1; // its first line belongs to the one around it
  };
  visit(source.program);
  return findings;
}

function isFunction(node: Node): boolean {
  const { type } = node;
  return type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

function lengthOf(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
