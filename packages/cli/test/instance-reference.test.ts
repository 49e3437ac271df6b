import { describe, expect, it } from "vitest";
import { NothingFound, UsageError } from "../src/failure.js";
import { namedInstance, namedNativeInstance } from "../src/system/instance-reference.js";
import { listed } from "./listed.js";

const instances = [
  listed({ id: "k3f9", service: "grading", address: "tcp://127.0.0.1:4000" }),
  listed({ id: "k3f9", service: "log", address: "tcp://127.0.0.1:4000" }),
  listed({ id: "k3aa", service: "grading", address: "tcp://[::1]:4001" }),
  listed({ id: "k3", service: "grading", address: "tcp://10.0.0.1:4002" }),
];

describe("an instance's name", () => {
  it("is its id, with all that it offers", () => {
    const named = namedInstance("k3f9", instances);
    expect(named).toMatchObject({ id: "k3f9", address: "tcp://127.0.0.1:4000" });
    expect(named.offers.map(({ service }) => service)).toEqual(["grading", "log"]);
  });

  it("is the beginning of its id where no other begins so", () => {
    expect(namedInstance("k3a", instances).id).toBe("k3aa");
  });

  it("is refused where the native protocol is needed and it speaks only HTTP", () => {
    const plain = listed({ id: "http-1", protocol: "http", url: "http://mars:7000" });
    expect(() => namedNativeInstance("http-1", [plain])).toThrow(UsageError);
    expect(() => namedNativeInstance("http-1", [plain])).toThrow(
      "http-1 speaks only HTTP: it is called at http://mars",
    );
    expect(namedNativeInstance("k3f9", instances).id).toBe("k3f9");
  });

  it("is its whole id even where others begin so", () => {
    expect(namedInstance("k3", instances).id).toBe("k3");
  });

  it("is where it listens, with or without the protocol", () => {
    expect(namedInstance("127.0.0.1:4000", instances).id).toBe("k3f9");
    expect(namedInstance("tcp://127.0.0.1:4000", instances).id).toBe("k3f9");
    expect(namedInstance("[::1]:4001", instances).id).toBe("k3aa");
  });

  it("is refused as a usage error where it means several, with their names", () => {
    const ambiguous = instances.filter(({ id }) => id !== "k3");
    expect(() => namedInstance("k3", ambiguous)).toThrow(UsageError);
    expect(() => namedInstance("k3", ambiguous)).toThrow(
      '"k3" may mean k3f9 (127.0.0.1:4000) or k3aa ([::1]:4001): write more of the id',
    );
  });

  it("is not found where nobody is called so", () => {
    expect(() => namedInstance("x", instances)).toThrow(NothingFound);
    expect(() => namedInstance("x", instances)).toThrow('"sky instances" lists them');
    expect(() => namedInstance("x", [])).toThrow("none is registered");
  });
});
