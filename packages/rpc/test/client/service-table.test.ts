import { describe, expect, it } from "vitest";
import { ServiceTable } from "../../src/client/service-table.js";
import type { ServiceEntry } from "../../src/wire/handshake.js";

function entry(name: string, firstId: number, methods: readonly string[] = ["a", "b"]): ServiceEntry {
  return {
    name,
    version: "1",
    methods: methods.map((method, at) => ({
      id: firstId + at,
      name: method,
      shape: "unary",
      idempotent: false,
      layout: "",
    })),
  };
}

describe("ServiceTable", () => {
  it("finds methods by service and name", () => {
    const table = new ServiceTable([entry("grading", 0), entry("log", 2, ["append"])]);
    expect(table.find("grading", "b")?.id).toBe(1);
    expect(table.find("log", "append")?.id).toBe(2);
    expect(table.find("log", "a")).toBeUndefined();
    expect(table.find("__proto__", "constructor")).toBeUndefined();
    expect([table.offers("log"), table.offers("mail")]).toEqual([true, false]);
    expect(table.services).toEqual([entry("grading", 0), entry("log", 2, ["append"])]);
  });

  it("RPC-DRAIN-2 remembers who is leaving, and of nobody else", () => {
    const table = new ServiceTable([entry("grading", 0), entry("log", 2)]).withLeaving(["grading"]);
    expect([table.isLeaving("grading"), table.isLeaving("log")]).toEqual([true, false]);
    const both = table.withLeaving(["log"]);
    expect([both.isLeaving("grading"), both.isLeaving("log")]).toEqual([true, true]);
  });

  it("RPC-DRAIN-9 keeps that in mind while other services come and go, until the service is offered anew", () => {
    const leaving = new ServiceTable([entry("grading", 0)]).withLeaving(["grading"]);
    const beside = leaving.replacedBy([entry("grading", 0), entry("log", 2)]);
    expect(beside.isLeaving("grading")).toBe(true);
    const gone = beside.replacedBy([entry("log", 2)]);
    expect([gone.offers("grading"), gone.isLeaving("grading")]).toEqual([false, false]);
    expect(beside.replacedBy([entry("log", 2), entry("grading", 4)]).isLeaving("grading")).toBe(false);
    expect(gone.replacedBy([entry("log", 2), entry("grading", 4)]).isLeaving("grading")).toBe(false);
  });
});
