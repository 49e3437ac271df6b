import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { type HomeSurroundings, homeAt, homePath, prepareHome, systemSurroundings } from "../../src/embedded/home.js";
import { temporaryFolder } from "../temporary-folder.js";

const asRoot = process.getuid?.() === 0;

function pathFor(environment: HomeSurroundings["environment"], platform: NodeJS.Platform = "linux"): string {
  return homePath({ ...systemSurroundings, environment, platform });
}

function refusalOf(prepare: () => unknown): SkylarkError {
  try {
    prepare();
  } catch (error) {
    if (SkylarkError.is(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("the home of the embedded store", () => {
  it("is SKYLARK_HOME, else the user's own place for state", () => {
    expect(pathFor({ SKYLARK_HOME: "/srv/x", XDG_STATE_HOME: "/state" })).toBe("/srv/x");
    expect(pathFor({ XDG_STATE_HOME: "/state" })).toBe("/state/skylark");
    expect(pathFor({ XDG_STATE_HOME: "relative" })).toBe(join(homedir(), ".local/state/skylark"));
    expect(pathFor({ SKYLARK_HOME: "" })).toBe(join(homedir(), ".local/state/skylark"));
    expect(pathFor({}, "darwin")).toBe(join(homedir(), "Library/Application Support/skylark"));
  });

  it("is made, for its user alone, as deep as need be", () => {
    const path = join(temporaryFolder(), "a", "b");
    const home = homeAt(path);
    prepareHome(home);
    for (const each of [path, home.folder]) expect(statSync(each).mode & 0o777).toBe(0o700);
    prepareHome(home);
  });

  it("COORD-5.8 is refused where others can write", () => {
    const path = temporaryFolder();
    for (const mode of [0o770, 0o702]) {
      chmodSync(path, mode);
      const error = refusalOf(() => prepareHome(homeAt(path)));
      expect(error).toMatchObject({ code: "failed_precondition", reason: "SETTING", details: { key: "SKYLARK_HOME" } });
      expect(error.message).toContain(`chmod go-w ${path}`);
    }
    chmodSync(path, 0o755);
    prepareHome(homeAt(path));
  });

  it.runIf(asRoot)("COORD-5.8 is refused where it belongs to another user (only root can make such a folder)", () => {
    const path = temporaryFolder();
    chownSync(path, 65_534, 65_534);
    expect(refusalOf(() => prepareHome(homeAt(path))).message).toContain("belongs to user 65534");
  });

  it("COORD-5.8 is refused on a network file system, where the lock does not reach everybody", () => {
    const path = temporaryFolder();
    const on = (type: number, platform: NodeJS.Platform = "linux") => {
      return () => prepareHome(homeAt(path), { ...systemSurroundings, platform, fileSystemType: () => type });
    };
    expect(refusalOf(on(0x6969)).message).toContain("lies on NFS");
    expect(refusalOf(on(0xff534d42)).message).toContain("lies on CIFS");
    expect(refusalOf(on(0xff534d42 | 0)).message).toContain("lies on CIFS"); // some systems answer with a signed number
    expect(refusalOf(on(0x01021997)).message).toContain("9p");
    on(0xef53)();
    on(0x6969, "darwin")(); // the numbers are Linux's
  });

  it("is refused beside the data of a newer version", () => {
    const path = temporaryFolder();
    mkdirSync(join(path, "store-v2"));
    expect(refusalOf(() => prepareHome(homeAt(path))).message).toContain("holds store-v2");
  });

  it("is refused where it cannot be: in a file, below no absolute path, too deep for a socket", () => {
    const path = temporaryFolder();
    writeFileSync(join(path, "file"), "");
    expect(refusalOf(() => prepareHome(homeAt(join(path, "file")))).message).toContain("cannot be made");
    expect(refusalOf(() => homeAt("relative/home")).message).toContain("is not an absolute path");
    const deepest = `/${"x".repeat(103 - "/store-v1/socket".length - 1)}`;
    expect(homeAt(deepest).socket).toHaveLength(103);
    expect(refusalOf(() => homeAt(`${deepest}x`)).message).toContain("is too long");
  });
});
