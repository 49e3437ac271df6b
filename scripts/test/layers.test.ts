import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { layers } from "../layers.js";
import { repositoryRoot } from "../report.js";
import { fixtureTree } from "./fixture-tree.js";

type Files = Readonly<Record<string, string>>;

function findings(files: Files): string[] {
  return layers(fixtureTree(files)).findings.map(({ place, message }) => `${place}: ${message}`);
}

interface Fields {
  readonly layer?: number | "dev";
  readonly pure?: readonly string[];
  readonly uses?: readonly string[];
}

function manifest(name: string, { uses = [], ...fields }: Fields): string {
  return JSON.stringify({ name, ...fields, dependencies: Object.fromEntries(uses.map((used) => [used, "1.0.0"])) });
}

/** Three packages above each other, one for tests, and an example; each with one harmless module. */
const workspace: Files = {
  "packages/core/package.json": manifest("@skylark/core", { layer: 0 }),
  "packages/core/src/error.ts": "export {};\n",
  "packages/rpc/package.json": manifest("@skylark/rpc", {
    layer: 2,
    uses: ["@skylark/core", "@skylark/discovery", "msgpackr"],
  }),
  "packages/rpc/src/channel.ts": 'import { SkylarkError } from "@skylark/core";\n',
  "packages/discovery/package.json": manifest("@skylark/discovery", {
    layer: 4,
    uses: ["@skylark/rpc", "@skylark/testkit"],
  }),
  "packages/discovery/src/directory.ts": 'import { Channel } from "@skylark/rpc/internal";\n',
  "packages/testkit/package.json": manifest("@skylark/testkit", { layer: "dev", uses: ["@skylark/discovery"] }),
  "packages/testkit/src/ground.ts": 'import { Directory } from "@skylark/discovery";\n',
  "examples/hello/package.json": manifest("hello", { uses: ["@skylark/discovery"] }),
  "examples/hello/src/main.ts": 'import { Directory } from "@skylark/discovery";\n',
};

describe("layers, between packages", () => {
  it("takes imports that go down", () => {
    expect(findings(workspace)).toEqual([]);
  });

  it.each([
    ["up", "packages/rpc/src/x.ts", 'import { Directory } from "@skylark/discovery";', "imports only go down"],
    ["up, for a type", "packages/rpc/src/x.ts", 'import type { A } from "@skylark/discovery";', "imports only go down"],
    ["up, by export", "packages/rpc/src/x.ts", 'export * from "@skylark/discovery";', "imports only go down"],
    ["up, by named export", "packages/rpc/src/x.ts", 'export { A } from "@skylark/discovery";', "imports only go down"],
    ["up, while running", "packages/rpc/src/x.ts", 'await import("@skylark/discovery");', "imports only go down"],
    [
      "up, inside a type",
      "packages/rpc/src/x.ts",
      'type A = typeof import("@skylark/discovery");',
      "imports only go down",
    ],
    ["to what is not declared", "packages/core/src/x.ts", 'import "@skylark/rpc";', "not among the dependencies"],
    [
      "to a library not declared",
      "packages/core/src/x.ts",
      'import "lodash/fp";',
      "lodash is not among the dependencies",
    ],
    ["to tests' own", "packages/discovery/src/x.ts", 'import "@skylark/testkit";', "for tests only"],
    ["to itself by name", "packages/core/src/x.ts", 'import "@skylark/core/internal";', "this very package"],
    ["into another's folder", "packages/rpc/src/x.ts", 'import "../../core/src/error.js";', "leaves the package"],
    ["through one's own door", "packages/core/src/x.ts", 'import "./internal.js";', "is a door"],
    ["of Node by a bare name", "packages/core/src/x.ts", 'import "fs";', "write node:fs"],
    [
      "of an example through the siblings' door",
      "examples/hello/src/x.ts",
      'import "@skylark/discovery/internal";',
      "the public one",
    ],
  ])("refuses an import %s", (_, path, text, message) => {
    expect(findings({ ...workspace, [path]: `${text}\n` })).toEqual([expect.stringContaining(message)]);
  });

  it("refuses an import within the same layer", () => {
    const peer = { "packages/peer/package.json": manifest("@skylark/peer", { layer: 2, uses: ["@skylark/rpc"] }) };
    expect(findings({ ...workspace, ...peer, "packages/peer/src/x.ts": 'import "@skylark/rpc";\n' })).toEqual([
      expect.stringContaining("@skylark/peer (layer 2) imports @skylark/rpc (layer 2)"),
    ]);
  });

  it("names file and line", () => {
    expect(findings({ ...workspace, "packages/core/src/x.ts": '\n\nimport "lodash";\n' })[0]).toMatch(
      /^packages\/core\/src\/x\.ts:3: /,
    );
  });

  it("lets tests import what they like, but not reach into another package's folder", () => {
    const test = "packages/core/test/x.test.ts";
    const text = 'import "@skylark/core";\nimport "@skylark/testkit";\nimport "vitest";\nimport "../src/error.js";\n';
    expect(findings({ ...workspace, [test]: text })).toEqual([]);
    expect(findings({ ...workspace, [test]: 'import "../../rpc/src/channel.js";\n' })).toHaveLength(1);
  });

  it("refuses a package without a layer", () => {
    const stray = { "packages/stray/package.json": manifest("stray", {}), "packages/stray/src/x.ts": "export {};\n" };
    expect(findings({ ...workspace, ...stray })).toEqual([expect.stringContaining('has no "layer"')]);
  });
});

describe("layers, between the folders of a package", () => {
  const inRpc = (files: Files) =>
    findings({
      ...workspace,
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`packages/rpc/src/${path}`, text])),
    });

  it("takes folders that know each other one way", () => {
    expect(inRpc({ "client/call.ts": 'import "../wire/frame.js";\n', "wire/frame.ts": "export {};\n" })).toEqual([]);
  });

  it("refuses two folders that know each other", () => {
    const found = inRpc({
      "client/call.ts": 'import "../wire/frame.js";\n',
      "wire/frame.ts": "export {};\n",
      "wire/codec.ts": 'import type { Call } from "../client/call.js";\n',
    });
    expect(found).toEqual([expect.stringContaining("client/ → wire/ → client/ is a circle")]);
  });

  it("refuses a circle over three folders, once", () => {
    const found = inRpc({
      "a/x.ts": 'import "../b/x.js";\n',
      "b/x.ts": 'import "../c/x.js";\n',
      "c/x.ts": 'import "../a/x.js";\n',
    });
    expect(found).toEqual([expect.stringContaining("a/ → b/ → c/ → a/ is a circle")]);
  });

  it("refuses a circle of a folder with a file beside it", () => {
    const found = inRpc({ "a/x.ts": 'import "../shared.js";\n', "shared.ts": 'import "./a/x.js";\n' });
    expect(found).toEqual([expect.stringContaining("a/ → shared.ts → a/ is a circle")]);
  });

  it("looks into folders of folders", () => {
    const found = inRpc({ "a/b/x.ts": 'import "../c/x.js";\n', "a/c/x.ts": 'import "../b/x.js";\n' });
    expect(found).toEqual([expect.stringContaining("is a circle")]);
  });

  it("leaves circles of files in one folder to the linter, and takes doors that import all", () => {
    const found = inRpc({
      "index.ts": 'export { a } from "./a/x.js";\n',
      "a/x.ts": 'import "./y.js";\n',
      "a/y.ts": 'import "./x.js";\n',
    });
    expect(found).toEqual([]);
  });
});

describe("layers, pure folders", () => {
  const pureRpc = {
    "packages/rpc/package.json": manifest("@skylark/rpc", {
      layer: 2,
      pure: ["src/wire"],
      uses: ["@skylark/core", "@skylark/impure", "msgpackr"],
    }),
  };
  const impure = {
    "packages/impure/package.json": manifest("@skylark/impure", { layer: 1 }),
    "packages/impure/src/x.ts": "export {};\n",
  };
  const inWire = (text: string) =>
    findings({ ...workspace, ...pureRpc, ...impure, "packages/rpc/src/wire/x.ts": `${text}\n` });

  it.each([
    'import { SkylarkError } from "@skylark/core";',
    'import { pack } from "msgpackr";',
    'import type { Channel } from "../channel.js";',
    'import { y } from "./y.js";',
    "const now = clock.now();",
    "const then = new Date(0);",
  ])("takes %s", (text) => {
    expect(inWire(text)).toEqual([]);
  });

  it.each([
    ['import { readFileSync } from "node:fs";', "imports node:fs"],
    ['import type { Socket } from "node:net";', "imports node:net"],
    ['import { Channel } from "../channel.js";', "which is not pure"],
    ['import { x } from "@skylark/impure";', "which is not pure"],
    ['import { systemClock } from "@skylark/core/internal";', "imports systemClock"],
    ["const now = Date.now();", "uses Date.now"],
    ["const now = new Date();", "uses new Date()"],
    ["const chance = Math.random();", "uses Math.random"],
    ["const now = performance.now();", "uses performance.now"],
    ["setTimeout(fire, 10);", "uses setTimeout"],
    ["const home = process.env;", "uses process.env"],
  ])("refuses %s", (text, message) => {
    expect(inWire(text)).toEqual([expect.stringContaining(message)]);
  });

  it("refuses a pure folder that is not there", () => {
    expect(findings({ ...workspace, ...pureRpc, ...impure })).toEqual([expect.stringContaining("where no module is")]);
  });

  it("takes a package that is pure as a whole for pure", () => {
    const wholly = {
      ...impure,
      "packages/impure/package.json": manifest("@skylark/impure", { layer: 1, pure: ["src"] }),
    };
    const files = { ...workspace, ...pureRpc, ...wholly, "packages/rpc/src/wire/x.ts": 'import "@skylark/impure";\n' };
    expect(findings(files)).toEqual([]);
  });
});

describe("layers, inside a part of an application", () => {
  const manifest = { name: "school", layers: { grading: ["open", "service", "storage"] } };
  const school: Files = {
    "examples/school/package.json": JSON.stringify(manifest),
    "examples/school/grading/main.ts": 'import "./open/http.js";\nimport "./storage/table.js";\n',
    "examples/school/grading/grade.ts": "export {};\n",
    "examples/school/grading/open/http.ts": 'import "../service/rules.js";\nimport "./schema.js";\n',
    "examples/school/grading/open/schema.ts": 'import "../grade.js";\n',
    "examples/school/grading/service/rules.ts": 'import "../storage/table.js";\nimport "../grade.js";\n',
    "examples/school/grading/storage/table.ts": 'import "../grade.js";\n',
    "examples/school/portal/page.ts": 'import type { Grade } from "../grading/open/schema.js";\n',
  };
  const inSchool = (path: string, text: string) =>
    findings({ ...workspace, ...school, [`examples/school/${path}`]: text });

  it("takes imports that go from the open interface to the service and to the storage", () => {
    expect(findings({ ...workspace, ...school })).toEqual([]);
  });

  it.each([
    ["storage of the service", "grading/storage/x.ts", "../service/rules.js", "storage knows nothing of service"],
    ["storage of the open interface", "grading/storage/x.ts", "../open/http.js", "storage knows nothing of open"],
    ["the service of the open interface", "grading/service/x.ts", "../open/schema.js", "service knows nothing of open"],
    ["another part of the service", "portal/x.ts", "../grading/service/rules.js", "is inside the part"],
    ["another part of what lies beside the layers", "portal/x.ts", "../grading/grade.js", "is inside the part"],
  ])("refuses that %s knows", (_, path, specifier, message) => {
    expect(inSchool(path, `import type { X } from "${specifier}";\n`)).toContainEqual(expect.stringContaining(message));
  });

  it("refuses a layer that is declared and not there", () => {
    const layers = { grading: ["open", "service", "storage", "cellar"] };
    expect(inSchool("package.json", JSON.stringify({ ...manifest, layers }))).toEqual([
      expect.stringContaining("the layer grading/cellar, which has no module"),
    ]);
  });

  it("DEMO-3.2 the gradebook declares its layers, and keeps them", () => {
    const declared = JSON.parse(
      readFileSync(join(repositoryRoot, "examples/gradebook/package.json"), "utf8"),
    ) as object;
    expect(declared).toMatchObject({ layers: { grading: ["open", "service", "storage"] } });
    expect(layers(repositoryRoot).findings).toEqual([]);
  });
});

describe("layers", () => {
  it("fails when it looked at no module", () => {
    expect(findings({ "readme.txt": "" })).toEqual([expect.stringContaining("no module was looked at")]);
    expect(findings({ "packages/core/package.json": manifest("@skylark/core", { layer: 0 }) })).toHaveLength(1);
  });

  it("says how many it looked at", () => {
    expect(layers(fixtureTree(workspace)).summary).toBe("looked at 5 modules of 5 packages, 0 pure folders");
  });
});
