import type { Finding } from "../report.js";
import type { Clause } from "./clauses.js";

/** A clause named by a file that proves or implements it. */
export interface Citation {
  readonly id: string;
  readonly place: string;
}

const clauseId = /\b[A-Z]+-\d+\.\d+\b|\b[A-Z][A-Z0-9]*(?:-[A-Z][A-Z0-9]*)+-\d+\b/g;

export function citationsIn(path: string, text: string): Citation[] {
  return text
    .split("\n")
    .flatMap((line, index) => [...line.matchAll(clauseId)].map(([id]) => ({ id, place: `${path}:${index + 1}` })));
}

/** Held clauses that nothing cites. */
export function findUncited(clauses: readonly Clause[], citations: readonly Citation[], by: string): Finding[] {
  const cited = new Set(citations.map(({ id }) => id));
  return clauses
    .filter(({ id, held }) => held && !cited.has(id))
    .map(({ id, place }) => ({ place, message: `${id} is said to hold, but no ${by} cites it` }));
}

/** Citations of clauses that do not exist, among the words that the clauses' ids begin with. */
export function findUnknown(clauses: readonly Clause[], citations: readonly Citation[]): Finding[] {
  const known = new Set(clauses.map(({ id }) => id));
  const firstWords = new Set(clauses.map(({ id }) => firstWord(id)));
  return citations
    .filter(({ id }) => firstWords.has(firstWord(id)) && !known.has(id))
    .map(({ id, place }) => ({ place, message: `cites ${id}, which no page knows` }));
}

function firstWord(id: string): string {
  return id.slice(0, id.indexOf("-"));
}
