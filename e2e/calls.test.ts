import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { TrafficReport } from "./programs/traffic.js";
import { report, trials } from "./support/until.js";
import { type Participant, World } from "./support/world.js";

describe("a call", () => {
  it("RPC-7.1 RPC-7.2 survives the death of any process where it may be repeated, and never runs twice where not", async () => {
    const rounds = trials(5, 1);
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "2000" });
    const executions = join(world.home, "executions");
    const provider = (): Promise<Participant> => world.participant("echo", "--executions", executions);
    const providers = [await provider(), await provider(), await provider()];
    const repeating = await world.participant("caller");
    const careful = await world.participant("caller");
    await repeating.ask("start", {
      service: "echo",
      method: "echo",
      perSecond: 200,
      timeoutMs: 60_000,
      name: "repeating",
    });
    await careful.ask("start", {
      service: "echo",
      method: "deposit",
      perSecond: 200,
      timeoutMs: 60_000,
      name: "careful",
    });
    let kills = 0;
    for (let round = 0; round < rounds; round++) {
      for (let index = 0; index < providers.length; index++) {
        await pause(300);
        await (providers[index] as Participant).kill();
        kills++;
        await pause(300);
        providers[index] = await provider();
      }
    }
    await pause(300);
    const echoes = await repeating.ask<TrafficReport>("stop");
    const deposits = await careful.ask<TrafficReport>("stop");
    const ran = readFileSync(executions, "utf8").trim().split("\n");
    report("providers killed in turn", {
      ttlMs: 2000,
      topology: "3 providers, 2 callers at 200/s each",
      kills,
      idempotent: { made: echoes.made, failed: echoes.failures.length },
      others: { made: deposits.made, failed: deposits.failures.length, executed: ran.length },
    });
    expect(echoes.failures).toEqual([]);
    expect(new Set(ran).size).toBe(ran.length);
    const succeeded = deposits.succeeded as readonly string[];
    const executed = new Set(ran);
    expect(succeeded.filter((id) => !executed.has(id))).toEqual([]);
    for (const { code, reason } of deposits.failures)
      expect({ code, reason }).toEqual({ code: "unknown", reason: "CONNECTION_LOST" });
    // a provider answers at once: what was in flight at a kill is the handful sent in the same moment
    expect(deposits.failures.length).toBeLessThanOrEqual(trials(kills * 10, deposits.made / 3));
  }, 300_000);
});
