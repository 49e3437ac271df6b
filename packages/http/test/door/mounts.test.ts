import { describe, expect, it } from "vitest";
import { Mounts } from "../../src/door/mounts.js";

const nobody = (): void => {};

describe("mounts", () => {
  it("HTTP-MOUNT-1 are found by the longest path that ends where a name does", () => {
    const mounts = new Mounts();
    for (const path of ["/students", "/students/7/grades", "/log"]) mounts.add(path, nobody);
    const found = (path: string): string | undefined => mounts.find(path)?.path;
    expect(found("/students")).toBe("/students");
    expect(found("/students/")).toBe("/students");
    expect(found("/students/7")).toBe("/students");
    expect(found("/students/7/grades/1")).toBe("/students/7/grades");
    expect(found("/students/77/grades")).toBe("/students");
    expect(found("/studentsandmore")).toBeUndefined();
    expect(found("/logs")).toBeUndefined();
    expect(found("/")).toBeUndefined();
    expect(found("*")).toBeUndefined();
    mounts.add("/", nobody);
    expect(found("/logs")).toBe("/");
    expect(found("/")).toBe("/");
    expect(found("*")).toBe("/");
  });

  it("HTTP-MOUNT-1 are the path alone where they say so, and leave to others what lies below", () => {
    const mounts = new Mounts();
    mounts.add("/log", nobody, { exact: true });
    mounts.add("/log/more/still", nobody);
    const found = (path: string): string | undefined => mounts.find(path)?.path;
    expect(found("/log")).toBe("/log");
    expect(found("/log/append")).toBeUndefined();
    expect(found("/log/more/still/there")).toBe("/log/more/still");
    const takeBack = mounts.add("/", nobody, { exact: true });
    expect([found("/"), found("/log/append")]).toEqual(["/", undefined]);
    takeBack();
    mounts.add("/", nobody);
    expect(found("/log/append")).toBe("/");
  });

  it("are refused where something is mounted already, and free again when that is taken back", () => {
    const mounts = new Mounts();
    const takeBack = mounts.add("/log", nobody);
    const again = (): unknown => mounts.add("/log", nobody);
    expect(again).toThrow(
      expect.objectContaining({ code: "already_exists", message: expect.stringContaining("/log") }),
    );
    takeBack();
    expect(mounts.find("/log")).toBeUndefined();
    again();
    takeBack(); // it is another's by now
    expect(mounts.find("/log")).toBeDefined();
  });

  it.each(["", "log", "/log/", "//", "/a//b", "/log?x", "/log#x", "/two words", "http://a/b"])(
    "are refused at %j, which is no path",
    (path) => {
      expect(() => new Mounts().add(path, nobody)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    },
  );
});
