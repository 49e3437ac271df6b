import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckResult, isMain, report, repositoryRoot } from "./report.js";
import { isGenerated, isTypeScript, listFiles, readSource } from "./source-tree.js";
import { checkFileLengths, checkFunctionLengths, type Ratchet, ratchetPath } from "./tidy/lengths.js";
import { checkLinks } from "./tidy/links.js";
import { checkMarks } from "./tidy/marks.js";
import { checkNames } from "./tidy/names.js";
import { checkMachinePaths } from "./tidy/paths.js";

/** What no compiler and no linter looks at: lengths, names, things left behind, dead links, one machine's paths. */
export function tidy(root: string): CheckResult {
  const files = listFiles(root);
  const sources = files
    .filter((path) => isTypeScript(path) && !isGenerated(path))
    .map((path) => readSource(root, path));
  const pages = files.filter((path) => path.endsWith(".md"));
  const findings = [
    ...checkFileLengths(sources, readRatchet(root)),
    ...sources.flatMap((source) => [...checkFunctionLengths(source), ...checkNames(source), ...checkMarks(source)]),
    ...pages.flatMap((path) => checkLinks(root, path)),
    ...files.flatMap((path) => checkMachinePaths(root, path)),
  ];
  return { findings, summary: `looked at ${sources.length} sources, ${pages.length} pages, ${files.length} files` };
}

function readRatchet(root: string): Ratchet {
  const path = join(root, ratchetPath);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Ratchet) : {};
}

if (isMain(import.meta.url)) report(tidy(repositoryRoot));
