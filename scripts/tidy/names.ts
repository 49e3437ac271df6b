import { basename } from "node:path";
import type { Finding } from "../report.js";
import { type Source, visitSource } from "../source-tree.js";

/** Words that say nothing of what a thing knows. */
const emptyWords = new Set(["manager", "helper", "helpers", "util", "utils", "utility", "impl"]);
/** Refused in the names of types and files only: a `baseUrl` is an honest name. */
const inheritanceWords = new Set(["base", "abstract"]);

export function checkNames(source: Source): Finding[] {
  const findings: Finding[] = [];
  const words = basename(source.path)
    .replace(/(\.test)?\.\w+$/, "")
    .split(/[-._]/);
  const fileWord = emptyEnd(words, true);
  if (fileWord) findings.push({ place: source.path, message: refusal(fileWord, "file") });
  const check = (identifier: { name: string; start: number } | null | undefined, isType: boolean): void => {
    if (!identifier) return;
    const place = `${source.path}:${source.lineAt(identifier.start)}`;
    const word = emptyEnd(wordsOf(identifier.name), isType);
    if (word) findings.push({ place, message: refusal(word, identifier.name) });
    if (isType && /^I[A-Z][a-z]/.test(identifier.name)) {
      findings.push({ place, message: `${identifier.name}: no "I" before the name of an interface` });
    }
  };
  visitSource(source, {
    ClassDeclaration: (node) => check(node.id, true),
    TSInterfaceDeclaration: (node) => check(node.id, true),
    TSTypeAliasDeclaration: (node) => check(node.id, true),
    FunctionDeclaration: (node) => check(node.id, false),
    VariableDeclarator: (node) => check(node.id.type === "Identifier" ? node.id : undefined, false),
  });
  return findings;
}

function wordsOf(name: string): string[] {
  return name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_/);
}

/** The first or last of the words, where it is one of the refused. */
function emptyEnd(words: readonly string[], isType: boolean): string | undefined {
  return [words[0] ?? "", words.at(-1) ?? ""].find((word) => {
    const lower = word.toLowerCase();
    return emptyWords.has(lower) || (isType && inheritanceWords.has(lower));
  });
}

function refusal(word: string, where: string): string {
  return `"${word}" in the name of ${where === "file" ? "this file" : where} says nothing: name what it knows`;
}
