import { describe, expect, it } from "vitest";
import { Chroot, pathProblem } from "../src/chroot.js";

describe("a chroot", () => {
  const app = new Chroot("/app");
  const whole = new Chroot("");

  it("goes before what is sent, and comes off what is told", () => {
    expect(app.toServer("/a/b")).toBe("/app/a/b");
    expect(app.toServer("/")).toBe("/app");
    expect(app.toUser("/app/a/b")).toBe("/a/b");
    expect(app.toUser("/app")).toBe("/");
    expect(app.toServerSequential("/a/")).toBe("/app/a/");
    expect(app.toServerSequential("/")).toBe("/app/");
  });

  it("leaves alone what lies outside, or only looks alike", () => {
    expect(app.toUser("/apple")).toBe("/apple");
    expect(app.toUser("/other")).toBe("/other");
  });

  it("of nothing changes nothing", () => {
    for (const path of ["/", "/a", "/a/b"]) {
      expect(whole.toServer(path)).toBe(path);
      expect(whole.toUser(path)).toBe(path);
    }
  });

  it.each([
    ["", "does not begin with a slash"],
    ["a", "does not begin with a slash"],
    ["/a/", "ends with a slash"],
    ["//a", "has an empty segment"],
    ["/a/./b", 'has the relative segment "."'],
    ["/a\u0000", "has a character that ZooKeeper does not allow"],
    ["/a\u0085", "has a character that ZooKeeper does not allow"],
    ["/a😀", "has a character that ZooKeeper does not allow"],
    ["/a\ufff0", "has a character that ZooKeeper does not allow"],
  ])("refuses the path %j: %s", (path, why) => {
    expect(pathProblem(path)).toBe(why);
    expect(() => app.toServer(path)).toThrow(why);
  });

  it.each(["/", "/a", "/a b", "/ä/漢字", "/..a", "/a.b/..."])("takes the path %j", (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });
});
