import { describe, expect, it } from "vitest";
import { layout } from "../../src/layout.js";
import { readInstance } from "../../src/record/instance.js";
import { instance } from "../simulation/world.js";

const keys = layout("test");
const record = instance({ url: "http://127.0.0.1:4000" });
const key = keys.instance(record.service, record.address, record.id);
const known = readInstance(keys, key, record);

describe("an instance's record", () => {
  it("reads a new version of a known one like any other", () => {
    const next = { ...record, weight: 7, tags: ["blue"], nonce: "n2" };
    expect(readInstance(keys, key, next, known)).toEqual(readInstance(keys, key, next));
  });

  it.each([
    { address: "tcp://127.0.0.1:4001" },
    { id: "k3fa" },
    { service: "log" },
    { url: "ftp://127.0.0.1:4000" },
    { url: "http://127.0.0.1:70000" },
    { url: "javascript:alert(1)" },
    { updateUrl: "127.0.0.1:4000" },
    { protocol: "http", url: undefined },
    { state: "resting" },
    { tags: ["blue", 7] },
    { requires: "students" },
    { registered: 1 },
  ])("refuses %j, also where it was good before", (wrong) => {
    expect(() => readInstance(keys, key, { ...record, ...wrong })).toThrow(/^"\w+" is |^it says of itself/);
    expect(() => readInstance(keys, key, { ...record, ...wrong }, known)).toThrow(/^"\w+" is |^it says of itself/);
  });

  it("takes whatever means http or https", () => {
    for (const url of ["HTTP://school-1:4000", "https://school-1", " http://school-1/x"])
      expect(readInstance(keys, key, { ...record, url }).url).toBe(url);
  });
});
