import { describe, expect, it } from "vitest";
import { pathAndAncestors, type WatchKind, WatchTable } from "../../src/watches/watch-table.js";

function table(...watches: [WatchKind, string, string][]): WatchTable<string> {
  const table = new WatchTable<string>();
  for (const [kind, path, listener] of watches) table.add(kind, path, listener);
  return table;
}

describe("a table of watches", () => {
  it("tells one-shot watches once", () => {
    const watches = table(["data", "/a", "d"], ["children", "/a", "c"]);
    expect([...watches.fire({ type: "dataChanged", path: "/a" })]).toEqual(["d"]);
    expect([...watches.fire({ type: "dataChanged", path: "/a" })]).toEqual([]);
    expect([...watches.fire({ type: "childrenChanged", path: "/a" })]).toEqual(["c"]);
    expect(watches.has("/a")).toBe(false);
  });

  it("tells of a deletion whoever watches the node in any way, each once", () => {
    const watches = table(
      ["data", "/a", "x"],
      ["children", "/a", "x"],
      ["persistent", "/a", "p"],
      ["recursive", "/", "r"],
    );
    expect([...watches.fire({ type: "deleted", path: "/a" })]).toEqual(["x", "p", "r"]);
  });

  it("tells of a creation whoever waited for the node", () => {
    expect([...table(["exist", "/a", "e"]).fire({ type: "created", path: "/a" })]).toEqual(["e"]);
  });

  it("keeps persistent watches, and recursive ones on every ancestor", () => {
    const watches = table(["persistent", "/a", "p"], ["recursive", "/a", "r"], ["recursive", "/", "root"]);
    for (let time = 0; time < 2; time += 1) {
      expect([...watches.fire({ type: "dataChanged", path: "/a" })]).toEqual(["p", "r", "root"]);
      expect([...watches.fire({ type: "created", path: "/a/b/c" })]).toEqual(["r", "root"]);
      expect([...watches.fire({ type: "created", path: "/ab" })]).toEqual(["root"]);
    }
  });

  it("spares recursive watches the change of a list whose children they hear of", () => {
    const watches = table(["persistent", "/a", "p"], ["recursive", "/a", "r"]);
    expect([...watches.fire({ type: "childrenChanged", path: "/a" })]).toEqual(["p"]);
  });

  it("gives up what is taken, and knows what is left", () => {
    const watches = table(["data", "/a", "d"], ["persistent", "/a", "p"], ["persistent", "/b", "q"]);
    expect([...watches.take(["data", "exist", "children"])]).toEqual(["d"]);
    watches.remove("persistent", "/a", "p");
    expect(watches.has("/a")).toBe(false);
    expect(watches.paths("persistent")).toEqual(["/b"]);
    watches.removePath("/b");
    expect([...watches.listeners(["persistent", "recursive"])]).toEqual([]);
  });

  it("ignores what is no change", () => {
    expect([...table(["data", "/", "d"]).fire({ type: "none", path: "/" })]).toEqual([]);
  });
});

describe("the ancestors of a path", () => {
  it.each([
    ["/", ["/"]],
    ["/a", ["/a", "/"]],
    ["/a/b", ["/a/b", "/a", "/"]],
  ])("of %s", (path, all) => {
    expect([...pathAndAncestors(path)]).toEqual(all);
  });
});
