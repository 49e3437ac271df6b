import { describe, expect, it } from "vitest";
import { layout } from "../src/internal.js";

describe("the layout of the store", () => {
  const keys = layout("school");

  it("DISC-LAYOUT-1 DISC-LAYOUT-2 has a place for each kind of entry, as the page says", () => {
    expect(keys.services()).toBe("/skylark/school/services");
    expect(keys.instance("grading", "tcp://127.0.0.1:4000", "k3f9")).toBe(
      "/skylark/school/services/grading/127.0.0.1:4000~k3f9",
    );
    expect(keys.instance("grading", "tcp://[::1]:4000", "k3f9")).toBe(
      "/skylark/school/services/grading/[::1]:4000~k3f9",
    );
    expect(keys.consumer("grading", "p1")).toBe("/skylark/school/consumers/grading/p1");
    expect(keys.override("grading", "k3f9")).toBe("/skylark/school/overrides/grading/k3f9");
    expect(keys.participant("http-1")).toBe("/skylark/school/participants/http-1");
    expect(keys.participant()).toBe("/skylark/school/participants");
  });

  it.each(["", ".", "..", ".hidden", "a/b", "a b", "ä", "a~b", "x".repeat(129)])(
    "DISC-LAYOUT-3 refuses %j as a name",
    (name) => {
      const refused = expect.objectContaining({ code: "invalid_argument" });
      expect(() => layout(name)).toThrow(refused);
      expect(() => keys.services(name)).toThrow(refused);
      expect(() => keys.override("grading", name)).toThrow(refused);
      expect(() => keys.instance("grading", "tcp://127.0.0.1:4000", name)).toThrow(refused);
    },
  );

  it("refuses an address that no key can show", () => {
    for (const address of ["unix:///run/x", "memory://x", "tcp://[fe80::1%eth0]:1", `tcp://${"x".repeat(300)}:1`])
      expect(() => keys.instance("grading", address, "k3f9"), address).toThrow("cannot be registered");
  });
});
