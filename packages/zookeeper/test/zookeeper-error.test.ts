import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { zooKeeperErrors } from "../src/wire/error-code.js";
import { refusedByServer, zooKeeperCode } from "../src/zookeeper-error.js";

describe("an error of the server", () => {
  it.each([
    ["no_node", "not_found"],
    ["node_exists", "already_exists"],
    ["bad_version", "aborted"],
    ["not_empty", "failed_precondition"],
    ["no_auth", "permission_denied"],
    ["auth_failed", "unauthenticated"],
    ["quota_exceeded", "resource_exhausted"],
    ["invalid_acl", "invalid_argument"],
    ["unimplemented", "unimplemented"],
  ] as const)("%s comes under our code %s, with its own name", (name, code) => {
    const error = refusedByServer(zooKeeperErrors[name], "create /a", { path: "/a" });
    expect(error).toMatchObject({ code, details: { zookeeper: name, path: "/a" }, notExecuted: false });
    expect(error.message).toMatch(/^create \/a: /);
    expect(zooKeeperCode(error)).toBe(name);
  });

  it("of an expired session says so by its reason", () => {
    expect(refusedByServer(zooKeeperErrors.session_expired, "sync /", {})).toMatchObject({
      code: "failed_precondition",
      reason: "SESSION_EXPIRED",
    });
  });

  it("that nobody knows is unknown", () => {
    expect(refusedByServer(-9999, "sync /", {})).toMatchObject({ code: "unknown", details: { zookeeper: "unknown" } });
  });

  it("is found in no other errors", () => {
    expect(zooKeeperCode(new Error("no_node"))).toBeUndefined();
    expect(zooKeeperCode(new SkylarkError("not_found", "no"))).toBeUndefined();
  });
});
