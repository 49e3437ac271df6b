import { describe, expect, it } from "vitest";
import { tidy } from "../tidy.js";
import { fixtureTree, lines } from "./fixture-tree.js";

function findings(files: Readonly<Record<string, string>>): string[] {
  return tidy(fixtureTree(files)).findings.map(({ place, message }) => `${place}: ${message}`);
}

const src = "packages/core/src/thing.ts";
const ratchet = "scripts/tidy/ratchet.json";

describe("tidy, lengths of files", () => {
  it("lets a file of 300 lines pass, and no longer one", () => {
    expect(findings({ [src]: lines(300) })).toEqual([]);
    expect(findings({ [src]: lines(301) })).toEqual([expect.stringContaining("301 lines, at most 300")]);
  });

  it("lets a longer file pass with its very length in the ratchet", () => {
    expect(findings({ [src]: lines(320), [ratchet]: `{ "${src}": 320 }` })).toEqual([]);
  });

  it("refuses a file that grew beyond the ratchet", () => {
    expect(findings({ [src]: lines(321), [ratchet]: `{ "${src}": 320 }` })).toEqual([
      expect.stringContaining("321 lines, at most 320"),
    ]);
  });

  it("makes the ratchet follow a file that shrank", () => {
    expect(findings({ [src]: lines(310), [ratchet]: `{ "${src}": 320 }` })).toEqual([
      expect.stringContaining("write 310"),
    ]);
    expect(findings({ [src]: lines(200), [ratchet]: `{ "${src}": 320 }` })).toEqual([
      expect.stringContaining("take the line out"),
    ]);
    expect(findings({ [ratchet]: `{ "${src}": 320 }` })).toEqual([expect.stringContaining("take the line out")]);
  });

  it("refuses more than 400 lines whatever the ratchet says, save in tests", () => {
    const test = "packages/core/test/thing.test.ts";
    expect(findings({ [src]: lines(401), [ratchet]: `{ "${src}": 401 }` })).toEqual([
      expect.stringContaining("none has more than 400"),
    ]);
    expect(findings({ [test]: lines(401), [ratchet]: `{ "${test}": 401 }` })).toEqual([]);
  });

  it("does not look at what was made or installed", () => {
    expect(findings({ "packages/core/dist/a.ts": lines(999), "node_modules/x/b.ts": lines(999) })).toEqual([]);
  });
});

describe("tidy, lengths of functions", () => {
  const body = (count: number) => lines(count, "  step();");

  it("lets 70 lines pass, and no more, wherever the function stands", () => {
    expect(findings({ [src]: `export function run() {\n${body(68)}}\n` })).toEqual([]);
    for (const long of [
      `export function run() {\n${body(69)}}\n`,
      `export const run = () => {\n${body(69)}};\n`,
      `export class Thing {\n  run() {\n${body(69)}  }\n}\n`,
      `export const thing = {\n  get run() {\n${body(69)}  },\n};\n`,
    ]) {
      expect(findings({ [src]: long })).toEqual([expect.stringContaining("a function of 71 lines")]);
    }
  });

  it("names the line where the function begins", () => {
    expect(findings({ [src]: `\n\nexport function run() {\n${body(70)}}\n` })[0]).toContain(`${src}:3:`);
  });

  it("counts the functions inside a function, but not the tests inside a suite", () => {
    const nested = `(() => {\n${body(40)}});\n(() => {\n${body(40)}});\n`;
    expect(findings({ [src]: `export function run() {\n${nested}}\n` })).toHaveLength(1);
    const suite = `import { describe } from "vitest";\ndescribe("x", () => {\n${nested}});\n`;
    expect(findings({ [src]: suite })).toEqual([]);
    const longTest = `import { describe } from "vitest";\ndescribe("x", () => {\n(() => {\n${body(80)}});\n});\n`;
    expect(findings({ [src]: longTest })).toHaveLength(1);
  });
});

describe("tidy, names", () => {
  it.each([
    "class SessionManager {}",
    "class StringUtils {}",
    "interface PickerBase {}",
    "interface BasePicker {}",
    "type AbstractPicker = 1;",
    "class PickerImpl {}",
    "interface IPicker {}",
    "function sendHelper() {}",
    "const utilThing = 1;",
    "const x = 1, request_helper = 2;",
  ])("refuses %s", (declaration) => {
    expect(findings({ [src]: `${declaration}\n` })).toHaveLength(1);
  });

  it.each([
    "const baseUrl = 1;",
    "class Database {}",
    "interface IoError {}",
    "class Implication {}",
    "type Utility2 = 1;",
  ])("takes %s", (declaration) => {
    const found = findings({ [src]: `${declaration}\n` });
    expect(found).toEqual([]);
  });

  it.each(["session-manager.ts", "utils.ts", "base-picker.ts", "picker-impl.ts", "helpers.test.ts"])(
    "refuses a file named %s",
    (name) => {
      expect(findings({ [`packages/core/test/${name}`]: "export {};\n" })).toEqual([
        expect.stringContaining("in the name of this file"),
      ]);
    },
  );
});

describe("tidy, marks", () => {
  it.each([
    ["// TODO later", "rot"],
    ["/* FIXME */", "rot"],
    ["// @ts-ignore", "mend the type"],
    ["// @ts-nocheck", "mend the type"],
    ["// oxlint-disable-next-line no-console", "without a reason"],
    ["const x = {} as any;", "as any"],
    ['it.only("x", () => {});', ".only"],
    ['describe.only.each([1])("x", () => {});', ".only"],
    ['test.each([1]).only("x", () => {});', ".only"],
  ])("refuses %s", (text, message) => {
    expect(findings({ [src]: `${text}\n` })).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    'const words = "TODO, FIXME, as any, it.only(";',
    "// oxlint-disable-next-line no-console -- the command's own output",
    "const one = range.only;",
    "const much = (value as unknown) as Anything;",
  ])("takes %s", (text) => {
    expect(findings({ [src]: `${text}\n` })).toEqual([]);
  });
});

describe("tidy, links", () => {
  const page = (text: string, others: Readonly<Record<string, string>> = {}) =>
    findings({ "docs/page.md": text, ...others });

  it("follows links to files, folders, headings and lines", () => {
    const other = '# Title\n\n## How it *works* (`now`)\n\n## Twice\n\n## Twice\n\n<a id="mark"></a>\n';
    const text = [
      "[a](other.md) [b](other.md#how-it-works-now) [c](other.md#twice-1) [d](other.md#mark) [e](../src)",
      '[f](../src/x.ts#L2) [g](#own-place) ![h](<other.md> "titled") [i][ref]',
      "## Own place",
      "[ref]: ../src/x.ts",
    ].join("\n");
    expect(page(text, { "docs/other.md": other, "src/x.ts": "export {};\nexport {};\n" })).toEqual([]);
  });

  it.each([
    ["[a](gone.md)", "no docs/gone.md"],
    ["[a](other.md#gone)", "no place #gone"],
    ["[a](#gone)", "no place #gone"],
    ["[a](../src/x.ts#L99)", "no place #L99"],
    ["[a](../../outside.md)", "leaves the repository"],
    ["[a]: gone.md", "no docs/gone.md"],
    ["![picture](gone.png)", "no docs/gone.png"],
  ])("refuses %s", (text, message) => {
    const found = page(text, { "docs/other.md": "# Title\n", "src/x.ts": "export {};\n" });
    expect(found).toEqual([expect.stringContaining(message)]);
  });

  it("lets links to other sites, and code that looks like a link, be", () => {
    const text =
      "[a](https://example.org/gone) [b](mailto:a@b.c) `[c](gone.md)`\n```md\n[d](gone.md)\n```\n~~~\n[e](gone.md)\n~~~\n";
    expect(page(text)).toEqual([]);
  });

  it("takes no heading from inside code", () => {
    expect(page("[a](#comment)\n```sh\n# comment\n```\n")).toHaveLength(1);
  });
});

describe("tidy, paths of one machine", () => {
  const own = (...names: string[]) => ["", ...names].join("/");

  it.each([own("home", "ada", "skylark"), own("root", "x"), own("work", "main"), own("Users", "ada")])(
    "refuses %s in any file",
    (path) => {
      expect(findings({ "docs/run.sh": `cd ${path}\n` })).toEqual([expect.stringContaining("a path of one machine")]);
      expect(findings({ "data.json": `{ "at": "${path}" }\n` })).toHaveLength(1);
    },
  );

  it("takes addresses and relative paths with the same words", () => {
    const text = `https://example.org${own("home", "x")} ./work/x ~${own("work", "x")} /usr/share/x /tmp/x\n`;
    expect(findings({ "notes.txt": text })).toEqual([]);
  });

  it("refuses download addresses in the lock, and a registry in .npmrc", () => {
    const lock = '{\n"resolved": "https://registry.example.org/x.tgz"\n}\n';
    expect(findings({ "package-lock.json": lock })).toEqual([expect.stringContaining("download address")]);
    expect(findings({ "package-lock.json": '{ "resolved": "packages/core" }\n' })).toEqual([]);
    expect(findings({ ".npmrc": "registry=https://example.org\n" })).toEqual([expect.stringContaining(".npmrc:1")]);
  });
});

describe("tidy", () => {
  it("says how much it looked at", () => {
    const { summary } = tidy(fixtureTree({ [src]: "export {};\n", "a.md": "# A\n", "b.txt": "" }));
    expect(summary).toBe("looked at 1 sources, 1 pages, 3 files");
  });

  it("stops at a source that is no TypeScript", () => {
    expect(() => tidy(fixtureTree({ [src]: "export const = ;\n" }))).toThrow("cannot be parsed");
  });
});
