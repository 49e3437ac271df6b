import { readFileSync } from "node:fs";
import { join } from "node:path";
import { citationsIn } from "../requirements/citations.js";
import { readProtocol } from "../requirements/clauses.js";
import { isTest, isTypeScript, listFiles } from "../source-tree.js";

/** A clause of the protocol, and what shows that it holds. */
export interface ClauseProof {
  readonly id: string;
  /** How many vectors of `conformance/rpc` name it. */
  readonly vectors: number;
  /** Files of tests that cite it. */
  readonly tests: readonly string[];
  /** Files of the source that cite it, where no test does. */
  readonly sources: readonly string[];
}

/** Every clause of `docs/protocol`, in the order of the pages. */
export function clauseProofs(root: string): readonly ClauseProof[] {
  const files = listFiles(root);
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const citedBy = (paths: readonly string[]): Map<string, Set<string>> => {
    const places = new Map<string, Set<string>>();
    for (const path of paths) {
      for (const { id } of citationsIn(path, read(path))) {
        places.set(id, (places.get(id) ?? new Set<string>()).add(path));
      }
    }
    return places;
  };
  const isProof = (path: string): boolean =>
    isTypeScript(path) && (isTest(path) || path.startsWith("packages/testkit/"));
  const byTests = citedBy(files.filter(isProof));
  const bySources = citedBy(files.filter((path) => isTypeScript(path) && /^packages\/[^/]+\/src\//.test(path)));
  const vectors = files
    .filter((path) => path.startsWith("conformance/rpc/") && path.endsWith(".json"))
    .flatMap((path) => [...read(path).matchAll(/"clauses": "([^"]*)"/g)].flatMap(([, ids = ""]) => ids.split(" ")));
  return files
    .filter((path) => path.startsWith("docs/protocol/") && path.endsWith(".md"))
    .flatMap((path) => readProtocol(path, read(path)).clauses)
    .map(({ id }) => {
      const tests = [...(byTests.get(id) ?? [])];
      const sources = tests.length > 0 ? [] : [...(bySources.get(id) ?? [])];
      return { id, vectors: vectors.filter((each) => each === id).length, tests, sources };
    });
}

/** One line a clause. */
export function clauseTable(proofs: readonly ClauseProof[]): string {
  const width = Math.max(...proofs.map(({ id }) => id.length));
  const lines = proofs.map(({ id, vectors, tests, sources }) => {
    const [first = "nothing", ...more] = tests.length > 0 ? tests : sources.map((path) => `${path} (source)`);
    const others = more.length > 0 ? `, and ${more.length} more` : "";
    return `${id.padEnd(width)} ${String(vectors || "").padStart(4)}  ${first}${others}`;
  });
  const tested = proofs.filter(({ tests }) => tests.length > 0).length;
  const shown = proofs.filter(({ vectors }) => vectors > 0).length;
  const head = `${"clause".padEnd(width)} vect  shown by`;
  return [head, ...lines, `${proofs.length} clauses, ${tested} cited by tests, ${shown} shown by vectors`].join("\n");
}
