import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckResult, type Finding, isMain, report, repositoryRoot } from "./report.js";
import { type Citation, citationsIn, findUncited, findUnknown } from "./requirements/citations.js";
import { type Clause, findDuplicates, readProtocol, readRequirements } from "./requirements/clauses.js";
import { isTest, isTypeScript, listFiles } from "./source-tree.js";

const requirementsPath = "docs/requirements.md";

/**
 * What is promised, and what proves it. A held clause of `docs/requirements.md` is cited by a test; a clause of
 * `docs/protocol` by a test or by the source that keeps it; nothing cites what does not exist.
 */
export function requirements(root: string): CheckResult {
  const files = listFiles(root);
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  if (!existsSync(join(root, requirementsPath))) {
    return { findings: [{ place: requirementsPath, message: "is missing" }], summary: "looked at nothing" };
  }
  const promised = readRequirements(requirementsPath, read(requirementsPath));
  const protocol = files
    .filter((path) => path.startsWith("docs/protocol/") && path.endsWith(".md"))
    .map((path) => readProtocol(path, read(path)));
  const spoken = protocol.flatMap(({ clauses }) => clauses);

  const citing = (paths: readonly string[]) => paths.flatMap((path) => citationsIn(path, read(path)));
  const byTests = citing(files.filter(isProof));
  const bySources = citing(files.filter((path) => isTypeScript(path) && /^packages\/[^/]+\/src\//.test(path)));

  const all = [...promised.clauses, ...spoken];
  const findings: Finding[] = [
    ...promised.findings,
    ...findDuplicates(all),
    ...findUncited(promised.clauses, byTests, "test"),
    ...findUncited(spoken, [...byTests, ...bySources], "test or source"),
    ...findUnknown(all, [...byTests, ...bySources]),
  ];
  if (promised.clauses.length === 0) findings.push({ place: requirementsPath, message: "holds no clause" });
  return { findings, summary: `${countsByArea(promised.clauses)}\n${summarize(promised.clauses, spoken, byTests)}` };
}

/** A test, a measurement, or a contract suite that tests run. */
function isProof(path: string): boolean {
  return isTypeScript(path) && (isTest(path) || path.startsWith("packages/testkit/src/"));
}

function countsByArea(clauses: readonly Clause[]): string {
  const areas = [...new Set(clauses.map(({ area }) => area))];
  return areas
    .map((area) => {
      const own = clauses.filter((clause) => clause.area === area);
      const held = own.filter((clause) => clause.held).length;
      return `${area.padEnd(8)} ${String(held).padStart(3)} held, ${String(own.length - held).padStart(3)} not yet`;
    })
    .join("\n");
}

function summarize(promised: readonly Clause[], spoken: readonly Clause[], byTests: readonly Citation[]): string {
  const cited = new Set(byTests.map(({ id }) => id));
  const ripe = promised.filter((clause) => !clause.held && cited.has(clause.id)).map(({ id }) => id);
  const held = promised.filter((clause) => clause.held).length;
  const protocol = spoken.filter((clause) => clause.held).length;
  const hint = ripe.length > 0 ? `cited by a test, but not yet held: ${ripe.join(", ")}\n` : "";
  return `${hint}${held} of ${promised.length} clauses held, ${protocol} of ${spoken.length} protocol clauses`;
}

if (isMain(import.meta.url)) report(requirements(repositoryRoot));
