import { describe, expect, it } from "vitest";
import { NothingFound } from "../src/failure.js";
import { callableInstances } from "../src/system/callable-instances.js";
import { listed } from "./listed.js";

const eu = listed({ id: "eu", region: "eu", version: "1.2.0", tags: ["gpu", "big"] });
const us = listed({ id: "us", region: "us", version: "2.0.0", host: "venus", zone: "a" });
const idle = listed({ id: "idle", region: "asia", state: "outOfRotation" });
const leaving = listed({ id: "leaving", region: "asia", state: "leaving" });
const instances = [eu, us, idle, leaving, listed({ service: "notes", id: "n" })];

function ids(filter: Omit<Parameters<typeof callableInstances>[1], "service">): string[] {
  return callableInstances(instances, { ...filter, service: "grading" }).map(({ id }) => id);
}

describe("the instances that a call may go to", () => {
  it("are those in rotation", () => {
    expect(ids({})).toEqual(["eu", "us"]);
  });

  it("OPS-1.6 are those that fit version, region, zone, host and all tags", () => {
    expect(ids({ version: "^1.1" })).toEqual(["eu"]);
    expect(ids({ version: "2" })).toEqual(["us"]);
    expect(ids({ region: "us" })).toEqual(["us"]);
    expect(ids({ zone: "a" })).toEqual(["us"]);
    expect(ids({ host: "mars" })).toEqual(["eu"]);
    expect(ids({ tag: ["big", "gpu"] })).toEqual(["eu"]);
    expect(ids({ region: "any" })).toEqual(["eu", "us"]);
  });

  it("are missing where the service is unknown: the nearest name, or all names, are told", () => {
    const calling = (service: string) => () => callableInstances(instances, { service });
    expect(calling("gradnig")).toThrow(NothingFound);
    expect(calling("gradnig")).toThrow('no service is called "gradnig": did you mean "grading"?');
    expect(calling("xylophone")).toThrow('no service is called "xylophone": there is grading, notes');
    expect(() => callableInstances([], { service: "grading" })).toThrow("none is registered");
  });

  it("are none of those that speak only HTTP: their URLs are told", () => {
    const plain = { service: "reporter", protocol: "http", url: "http://mars:7000" } as const;
    const native = listed({ service: "reporter", id: "native" });
    expect(callableInstances([listed(plain), native], { service: "reporter" })).toEqual([native]);
    const calling = () => callableInstances([listed(plain)], { service: "reporter" });
    expect(calling).toThrow(NothingFound);
    expect(calling).toThrow('"reporter" speaks only HTTP: it is called at http://mars:7000');
  });

  it("are missing where none fits, or none is in rotation", () => {
    expect(() => ids({ tag: ["gpu", "small"] })).toThrow(
      'none of 4 instances of "grading" fits --tag gpu --tag small: "sky instances grading" lists them',
    );
    expect(() => ids({ region: "asia" })).toThrow(
      /2 instances of "grading" would fit, none is in rotation: --instance/,
    );
  });
});
