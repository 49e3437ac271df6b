import { expect, it } from "vitest";
import { clauseProofs, clauseTable } from "../conformance/clause-table.js";
import { fixtureTree } from "./fixture-tree.js";

const files = {
  "docs/protocol/fix.md": "**FIX-A-1** One.\n\n**FIX-A-2** Two.\n\n**FIX-A-3** Three.\n\n**FIX-A-4** Four.\n",
  "conformance/rpc/values.json": '[{ "clauses": "FIX-A-1 FIX-A-2" }, { "clauses": "FIX-A-1" }]\n',
  "packages/a/test/one.test.ts": 'it("FIX-A-1 holds", () => {});\n',
  "packages/a/test/two.test.ts": 'it("FIX-A-1 FIX-A-2 hold", () => {});\n',
  "packages/a/src/a.ts": "/** FIX-A-2 FIX-A-3 */\nexport const a = 1;\n",
};

it("tells of each clause which vectors and tests show it, and which source keeps it where no test does", () => {
  expect(clauseProofs(fixtureTree(files))).toEqual([
    { id: "FIX-A-1", vectors: 2, tests: ["packages/a/test/one.test.ts", "packages/a/test/two.test.ts"], sources: [] },
    { id: "FIX-A-2", vectors: 1, tests: ["packages/a/test/two.test.ts"], sources: [] },
    { id: "FIX-A-3", vectors: 0, tests: [], sources: ["packages/a/src/a.ts"] },
    { id: "FIX-A-4", vectors: 0, tests: [], sources: [] },
  ]);
});

it("is a table with a line for each", () => {
  expect(clauseTable(clauseProofs(fixtureTree(files))).split("\n")).toEqual([
    "clause  vect  shown by",
    "FIX-A-1    2  packages/a/test/one.test.ts, and 1 more",
    "FIX-A-2    1  packages/a/test/two.test.ts",
    "FIX-A-3       packages/a/src/a.ts (source)",
    "FIX-A-4       nothing",
    "4 clauses, 2 cited by tests, 2 shown by vectors",
  ]);
});
