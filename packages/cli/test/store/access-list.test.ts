import { describe, expect, it } from "vitest";
import { accessList, grantText } from "../../src/store/access-list.js";

describe("an access list in words", () => {
  it("is read and written alike, whatever the id holds", () => {
    const text = "world:anyone:r,auth::cdrwa,digest:ada:x/y=:rw,ip:10.0.0.0/8:,x509:CN=ada:cd";
    expect(accessList(text).map(grantText).join(",")).toBe(text);
    expect(accessList("digest:ada:x=:wr")).toEqual([
      { scheme: "digest", id: "ada:x=", permissions: ["read", "write"] },
    ]);
  });

  it.each(["", "world", "world:anyone", "world:anyone:x", "world:anyone:rr", "World:anyone:r", "auth::r,"])(
    "is refused where it says nothing clear: %j",
    (text) => {
      expect(() => accessList(text)).toThrow("is no grant");
    },
  );
});
