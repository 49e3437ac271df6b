import type { DirectoryInstance } from "@skylark/discovery";
import { describe, expect, it } from "vitest";
import { listedInstance, markWords } from "../src/system/listed-instance.js";
import { listed } from "./listed.js";

function seen(own: Partial<DirectoryInstance>): DirectoryInstance {
  const { service, address, registered } = listed();
  const place = { region: "local", zone: "", host: "mars", tags: [], weight: 1, pid: 7, requires: [] };
  const start = { id: "k3f9", nonce: "n", version: "1", protocol: "skylark", startedAt: "2026" } as const;
  const effective = { registered: true, weight: 1 };
  return { ...start, ...place, service, address, registered, state: "serving", override: undefined, effective, ...own };
}

describe("the state of an instance", () => {
  const mark = { by: "registry", at: "2026-11-20T12:00:00.000Z", why: "it did not answer in time" };

  it.each([
    ["inRotation", {}],
    ["outOfRotation", { effective: { registered: false, weight: 1 } }],
    ["markedDown", { override: { mark } }],
    ["outOfRotation", { effective: { registered: false, weight: 1 }, override: { mark } }],
    ["leaving", { state: "leaving", override: { mark } }],
  ] as const)("is %s", (state, own) => {
    expect(listedInstance(seen(own)).state).toBe(state);
  });

  it("REG-3.3 comes with why it is marked down, and who says so", () => {
    expect(markWords(listedInstance(seen({ override: { mark } })))).toBe("it did not answer in time, says registry");
    expect(markWords(listedInstance(seen({ override: { mark: { why: 7 } } })))).toBe("");
    expect(markWords(listedInstance(seen({})))).toBe("");
  });
});
