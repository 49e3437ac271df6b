import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readMutants } from "../mutants/mutant.js";
import { Scratch } from "../mutants/scratch.js";
import { fixtureTree } from "./fixture-tree.js";

const patch = `# what: it counts one too many
# caught by: packages/core/test/count.test.ts, e2e/count.test.ts
--- a/packages/core/src/count.ts
+++ b/packages/core/src/count.ts
@@ -1 +1 @@
-export const count = 1;
+export const count = 2;
`;

function repository(): string {
  const root = fixtureTree({
    "packages/core/src/count.ts": "export const count = 1;\n",
    "packages/core/dist/count.js": "export const count = 0;\n",
    "node_modules/zod/index.js": "",
    "node_modules/@types/node/index.d.ts": "",
    "node_modules/.cache/old": "",
    "mutants/count.patch": patch,
  });
  mkdirSync(join(root, "node_modules/@skylark"));
  symlinkSync("../../packages/core", join(root, "node_modules/@skylark/core"));
  return root;
}

describe("readMutants", () => {
  it("reads what is planted, and which tests are to notice", () => {
    expect(readMutants(repository())).toEqual([
      expect.objectContaining({
        name: "count",
        what: "it counts one too many",
        caughtBy: ["packages/core/test/count.test.ts", "e2e/count.test.ts"],
      }),
    ]);
  });

  it("refuses a patch that does not say what it is", () => {
    const root = fixtureTree({ "mutants/mute.patch": patch.replace("# what:", "#") });
    expect(() => readMutants(root)).toThrow('mutants/mute.patch has no line "# what: …"');
  });
});

describe("Scratch", () => {
  it("resolves workspace packages to its own sources, and others to what is installed", () => {
    const root = repository();
    using scratch = new Scratch(root);
    const at = (path: string) => realpathSync(join(scratch.folder, path));
    expect(at("node_modules/@skylark/core/src/count.ts")).toBe(at("packages/core/src/count.ts"));
    expect(at("node_modules/zod")).toBe(realpathSync(join(root, "node_modules/zod")));
    expect(at("node_modules/@types/node")).toBe(realpathSync(join(root, "node_modules/@types/node")));
  });

  it("takes along nothing that was made", () => {
    using scratch = new Scratch(repository());
    expect(existsSync(join(scratch.folder, "packages/core/dist"))).toBe(false);
    expect(existsSync(join(scratch.folder, "node_modules/.cache"))).toBe(false);
  });

  it("plants a bug in the copy alone, and takes it back", () => {
    const root = repository();
    using scratch = new Scratch(root);
    const read = (folder: string) => readFileSync(join(folder, "packages/core/src/count.ts"), "utf8");
    expect(scratch.apply(join(root, "mutants/count.patch")).applied).toBe(true);
    expect([read(scratch.folder), read(root)]).toEqual(["export const count = 2;\n", "export const count = 1;\n"]);
    expect(scratch.applies(join(root, "mutants/count.patch")).applied).toBe(false);
    scratch.revert(join(root, "mutants/count.patch"));
    expect(read(scratch.folder)).toBe("export const count = 1;\n");
  });

  it("is gone afterwards", () => {
    const { folder } = (() => {
      using scratch = new Scratch(repository());
      return { folder: scratch.folder };
    })();
    expect(existsSync(folder)).toBe(false);
  });
});
