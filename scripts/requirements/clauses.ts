import type { Finding } from "../report.js";

/** One sentence that can be shown to hold: a clause of a requirement, `COORD-3.2`, or of the protocol, `RPC-HELLO-1`. */
export interface Clause {
  readonly id: string;
  /** `COORD` or `RPC-HELLO`: what it belongs to. */
  readonly area: string;
  /** Promised now. A clause that is not yet held asks for no proof. */
  readonly held: boolean;
  readonly place: string;
}

export interface Clauses {
  readonly clauses: readonly Clause[];
  /** What is wrong with the pages themselves. */
  readonly findings: readonly Finding[];
}

/**
 * Reads `docs/requirements.md`: below the heading of each row, `### COORD-3 …`, a table `| clause | text | state |` with
 * the clauses of that row, counted from 1.
 */
export function readRequirements(path: string, markdown: string): Clauses {
  const clauses: Clause[] = [];
  const findings: Finding[] = [];
  const rows = new Set<string>();
  let row: string | undefined;
  let expected = 1;
  markdown.split("\n").forEach((line, index) => {
    const place = `${path}:${index + 1}`;
    const heading = /^#+\s/.test(line) ? /^#+\s+([A-Z]+-\d+)\b/.exec(line) : undefined;
    if (heading !== undefined) {
      row = heading?.[1];
      expected = 1;
      if (row !== undefined && rows.has(row)) findings.push({ place, message: `${row} stands twice` });
      if (row !== undefined) rows.add(row);
      return;
    }
    const [id, text, state] = cellsOf(line);
    if (id === undefined || !/^[A-Z]+-\d+\.\d+$/.test(id)) return;
    if (id !== `${row}.${expected}`) {
      findings.push({ place, message: `${id} where ${row ?? "no row"}.${expected} was to come: clauses count from 1` });
    }
    expected++;
    if (!text) findings.push({ place, message: `${id} says nothing` });
    if (state !== "held" && state !== "not yet") {
      findings.push({ place, message: `${id} is "${state ?? ""}": write "held" or "not yet"` });
    }
    clauses.push({ id, area: id.slice(0, id.indexOf("-")), held: state === "held", place });
  });
  for (const empty of rows) {
    if (!clauses.some(({ id }) => id.startsWith(`${empty}.`))) {
      findings.push({ place: path, message: `${empty} has no clause` });
    }
  }
  return { clauses, findings };
}

function cellsOf(line: string): string[] {
  if (!line.startsWith("|")) return [];
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  return cells.slice(1, -1);
}

/** Reads a page of `docs/protocol`: each clause begins with its id in bold, and holds unless its line says "(not yet)". */
export function readProtocol(path: string, markdown: string): Clauses {
  const clauses: Clause[] = [];
  markdown.split("\n").forEach((line, index) => {
    for (const [, id = ""] of line.matchAll(/\*\*([A-Z][A-Z0-9]*(?:-[A-Z][A-Z0-9]*)+-\d+)\*\*/g)) {
      const area = id.slice(0, id.lastIndexOf("-"));
      clauses.push({ id, area, held: !line.includes("(not yet)"), place: `${path}:${index + 1}` });
    }
  });
  return { clauses, findings: [] };
}

export function findDuplicates(clauses: readonly Clause[]): Finding[] {
  const seen = new Map<string, Clause>();
  const findings: Finding[] = [];
  for (const clause of clauses) {
    const first = seen.get(clause.id);
    if (first) findings.push({ place: clause.place, message: `${clause.id} stands already in ${first.place}` });
    else seen.set(clause.id, clause);
  }
  return findings;
}
