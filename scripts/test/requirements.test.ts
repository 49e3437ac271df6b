import { describe, expect, it } from "vitest";
import { requirements } from "../requirements.js";
import { fixtureTree } from "./fixture-tree.js";

type Files = Readonly<Record<string, string>>;

function check(files: Files) {
  const { findings, summary } = requirements(fixtureTree(files));
  return { findings: findings.map(({ place, message }) => `${place}: ${message}`), summary };
}

function page(...rows: string[]): string {
  return `# Requirements\n\n### FIX-1 A row\n\n| clause | text | state |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

const requirementsPath = "docs/requirements.md";
const heldOnce = page("| FIX-1.1 | It holds. | held |", "| FIX-1.2 | It will. | not yet |");
const test = "packages/core/test/x.test.ts";

describe("requirements", () => {
  it.each([
    test,
    "e2e/x.test.ts",
    "examples/hello/test/x.test.ts",
    "scripts/test/x.test.ts",
    "bench/x.ts",
    "packages/testkit/src/x.ts",
  ])("takes a held clause that %s cites", (path) => {
    expect(check({ [requirementsPath]: heldOnce, [path]: 'it("FIX-1.1 it holds", () => {});\n' }).findings).toEqual([]);
  });

  it("takes a citation in a comment", () => {
    expect(check({ [requirementsPath]: heldOnce, [test]: "// FIX-1.1\n" }).findings).toEqual([]);
  });

  it.each(["packages/core/src/x.ts", "docs/x.md", "packages/core/test/x.json"])(
    "refuses a held clause that only %s cites",
    (path) => {
      expect(check({ [requirementsPath]: heldOnce, [path]: "// FIX-1.1\n" }).findings).toEqual([
        expect.stringContaining("FIX-1.1 is said to hold, but no test cites it"),
      ]);
    },
  );

  it("takes no longer number for a shorter one", () => {
    expect(check({ [requirementsPath]: heldOnce, [test]: "// FIX-1.11 FIX-1.1x\n" }).findings.join()).toContain(
      "no test cites it",
    );
  });

  it("refuses a citation of a clause that does not exist, and says where", () => {
    expect(check({ [requirementsPath]: heldOnce, [test]: "// FIX-1.1\n// FIX-9.1\n" }).findings).toEqual([
      `${test}:2: cites FIX-9.1, which no page knows`,
    ]);
  });

  it("lets words alone that only look like a clause", () => {
    expect(check({ [requirementsPath]: heldOnce, [test]: "// FIX-1.1, ISO-8601.1, SHA-2\n" }).findings).toEqual([]);
  });

  it.each([
    ["a clause twice", page("| FIX-1.1 | a | not yet |", "| FIX-1.1 | b | not yet |"), "stands already"],
    ["a gap", page("| FIX-1.1 | a | not yet |", "| FIX-1.3 | b | not yet |"), "FIX-1.3 where FIX-1.2 was to come"],
    ["a clause of another row", page("| FIX-2.1 | a | not yet |"), "FIX-2.1 where FIX-1.1 was to come"],
    ["a clause without text", page("| FIX-1.1 |  | not yet |"), "says nothing"],
    ["an unknown state", page("| FIX-1.1 | a | done |"), 'write "held" or "not yet"'],
    ["no state", page("| FIX-1.1 | a |"), 'write "held" or "not yet"'],
    ["a row twice", `${page("| FIX-1.1 | a | not yet |")}\n### FIX-1 Again\n`, "FIX-1 stands twice"],
    ["a row without clauses", "### FIX-1 A row\n", "FIX-1 has no clause"],
    ["no clause at all", "# Requirements\n", "holds no clause"],
  ])("refuses a page with %s", (_, text, message) => {
    expect(check({ [requirementsPath]: text }).findings.join("\n")).toContain(message);
  });

  it("refuses to go without the page", () => {
    expect(check({}).findings).toEqual([expect.stringContaining("is missing")]);
  });

  it("counts by area, and names what could be held by now", () => {
    const both = `${heldOnce}\n### OTHER-1 A row\n\n| OTHER-1.1 | a | not yet |\n`;
    const { summary } = check({ [requirementsPath]: both, [test]: "// FIX-1.1 FIX-1.2\n" });
    expect(summary).toMatch(/FIX\s+1 held,\s+1 not yet\nOTHER\s+0 held,\s+1 not yet\n/);
    expect(summary).toContain("cited by a test, but not yet held: FIX-1.2");
    expect(summary).toContain("1 of 3 clauses held");
  });
});

describe("requirements, protocol clauses", () => {
  const protocol = "docs/protocol/wire.md";
  const base = { [requirementsPath]: page("| FIX-1.1 | a | not yet |"), [protocol]: "- **FIX-HELLO-1** It greets.\n" };

  it.each([test, "packages/rpc/src/hello.ts"])("takes a clause that %s cites", (path) => {
    expect(check({ ...base, [path]: "// FIX-HELLO-1\n" }).findings).toEqual([]);
  });

  it("refuses a clause that nothing cites, unless it is marked", () => {
    expect(check(base).findings).toEqual([
      `${protocol}:1: FIX-HELLO-1 is said to hold, but no test or source cites it`,
    ]);
    expect(check({ ...base, [protocol]: "- **FIX-HELLO-1** (not yet) It greets.\n" }).findings).toEqual([]);
  });

  it("takes an id that is not bold for a mention", () => {
    const text = "- **FIX-HELLO-1** It greets; see FIX-HELLO-1.\n";
    expect(check({ ...base, [protocol]: text, [test]: "// FIX-HELLO-1\n" }).findings).toEqual([]);
  });

  it("refuses a citation of a clause that does not exist, and a clause that stands twice", () => {
    expect(check({ ...base, [test]: "// FIX-HELLO-1 FIX-BYE-1\n" }).findings).toEqual([
      expect.stringContaining("cites FIX-BYE-1"),
    ]);
    const twice = { ...base, "docs/protocol/more.md": "**FIX-HELLO-1** again\n", [test]: "// FIX-HELLO-1\n" };
    expect(check(twice).findings).toEqual([expect.stringContaining("FIX-HELLO-1 stands already")]);
  });
});
