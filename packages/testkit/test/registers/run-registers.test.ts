import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { runRegisters } from "../../src/registers/run-registers.js";
import { MemoryRegisters, type Vice } from "./memory-registers.js";

const run = (seed: number, vice?: Vice) => {
  const registers = new MemoryRegisters(seed, vice);
  return runRegisters({ open: async () => registers.open(), seed, operations: 400 });
};

async function kindsOfTen(vice: Vice): Promise<Set<string>> {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 10; seed++) for (const { kind } of (await run(seed, vice)).findings) kinds.add(kind);
  return kinds;
}

describe("a run of registers", () => {
  it("finds nothing wrong with a store that is right, also where answers are lost", async () => {
    const right = await run(1);
    expect(right.findings).toEqual([]);
    expect(right.operations).toBeGreaterThanOrEqual(400);
    for (let seed = 1; seed <= 10; seed++) {
      const lossy = await run(seed, "loses answers");
      expect(lossy.findings).toEqual([]);
      expect(lossy.unknown).toBeGreaterThan(0);
    }
  });

  it("finds writes that are repeated, and writes that are lost", async () => {
    expect(await kindsOfTen("repeats writes")).toContain("broken write");
    expect(await kindsOfTen("forgets writes")).toContain("broken write");
  });

  it("tells reads that are late from writes that are wrong", async () => {
    expect([...(await kindsOfTen("reads late"))]).toEqual(["stale read"]);
  });

  it("lets each fault end before the next begins, and spreads them over the run", async () => {
    const registers = new MemoryRegisters(3);
    let open = 0;
    let most = 0;
    const strike = async () => {
      open++;
      most = Math.max(most, open);
      for (let turn = 0; turn < 500; turn++) await Promise.resolve();
      open--;
    };
    const faults = [
      { name: "one", strike },
      { name: "other", strike },
    ];
    const { struck } = await runRegisters({ open: async () => registers.open(), seed: 3, faults, strikes: 8 });
    expect(struck).toHaveLength(8);
    expect(new Set(struck)).toEqual(new Set(["one", "other"]));
    expect(most).toBe(1);
  });

  it("fails where a fault cannot be made, and where it would go on for ever", async () => {
    const registers = new MemoryRegisters(4);
    const faults = [{ name: "broken", strike: () => Promise.reject(new Error("no such process")) }];
    await expect(runRegisters({ open: async () => registers.open(), seed: 4, faults })).rejects.toThrow(
      "no such process",
    );
    const away = async () => Promise.reject(new SkylarkError("unavailable", "away", { notExecuted: true }));
    const store = { get: away, create: away, put: away, delete: away, close: async () => {} };
    await expect(runRegisters({ open: async () => store, seed: 5, withinMs: 50 })).rejects.toThrow(
      "not within 50 ms: registers, seed 5: 0 operations",
    );
  });
});
