import { describe, expect, it } from "vitest";
import { changesBetween } from "../src/system/changes.js";
import { listed } from "./listed.js";

const one = listed({ id: "one" });
const two = listed({ id: "two" });

describe("changes between two views", () => {
  it("are none where nothing changed", () => {
    expect(changesBetween([one, two], [two, { ...one }])).toEqual([]);
  });

  it("tell who joined", () => {
    expect(changesBetween([one], [one, two])).toEqual([{ kind: "joined", instance: two }]);
  });

  it("tell who left, and whether it said so", () => {
    const leaving = { ...two, state: "leaving" } as const;
    expect(changesBetween([one, leaving], [])).toEqual([
      { kind: "left", instance: one, orderly: false },
      { kind: "left", instance: leaving, orderly: true },
    ]);
  });

  it("take it that an HTTP participant was taken out in order: its entry outlives it", () => {
    const plain = listed({ id: "http-1", protocol: "http", url: "http://mars:7000" });
    expect(changesBetween([plain], [])).toEqual([{ kind: "left", instance: plain, orderly: true }]);
  });

  it.each(["outOfRotation", "markedDown", "leaving"] as const)("tell who is %s", (state) => {
    expect(changesBetween([one], [{ ...one, state }])).toEqual([{ kind: state, instance: { ...one, state } }]);
  });

  it("tell who is in rotation again", () => {
    expect(changesBetween([{ ...one, state: "outOfRotation" }], [one])).toEqual([
      { kind: "inRotation", instance: one },
    ]);
  });

  it("tell what else is different", () => {
    const heavier = { ...one, weight: 200 };
    expect(changesBetween([one], [heavier])).toEqual([{ kind: "changed", instance: heavier }]);
  });

  it("tell a restart in its order, and the services of one process apart", () => {
    const other = listed({ id: "one", service: "log" });
    const restarted = listed({ id: "three", service: "log" });
    expect(changesBetween([one, other], [one, restarted])).toEqual([
      { kind: "left", instance: other, orderly: false },
      { kind: "joined", instance: restarted },
    ]);
  });
});
