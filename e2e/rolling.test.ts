import { describe, expect, it } from "vitest";
import type { GradingBook } from "./programs/grading-caller.js";
import type { Program } from "./support/program.js";
import { report, trials } from "./support/until.js";
import { World } from "./support/world.js";

const gradingMain = new URL("../examples/gradebook/dist/grading/main.js", import.meta.url);
/** Takes the last words of those who leave, who would wait for it else. */
const logMain = new URL("../examples/gradebook/dist/log/main.js", import.meta.url);

describe("a rolling restart", () => {
  it("LOAD-7.1 LOAD-7.2 LOAD-7.4 of two grading instances under 200 calls/s loses no call and no grade, and prints receipts", async () => {
    const rounds = trials(10, 2);
    await using world = new World({ GRADING_PORT: "0", LOG_PORT: "0" });
    await world.start(logMain);
    const instances = [await world.start(gradingMain), await world.start(gradingMain)];
    const caller = await world.start("grading-caller");
    await caller.ask("start", 200);
    const receipts: string[] = [];
    for (let round = 0; round < rounds; round++) {
      for (let index = 0; index < instances.length; index++) {
        const leaving = instances[index] as Program;
        expect(await leaving.terminate()).toBe(0);
        receipts.push(...(leaving.output.match(/drain receipt: .*/g) ?? []));
        instances[index] = await world.start(gradingMain);
      }
    }
    const { made, added, failures } = await caller.ask<GradingBook>("stop");
    const stored = new Set(await caller.ask<string[]>("stored"));
    report("rolling restart", {
      topology: "a log service, which hosts the store; 2 grading instances; 1 caller at 200/s, 1 in 20 adds a grade",
      restarts: receipts.length,
      calls: made,
      failed: failures.length,
      gradesAdded: added.length,
      lastReceipt: receipts.at(-1),
    });
    expect(failures).toEqual([]);
    expect(added.filter((id) => !stored.has(id))).toEqual([]);
    expect(added.length).toBeGreaterThan(0);
    expect(receipts).toHaveLength(2 * rounds);
    for (const receipt of receipts) expect(receipt).toMatch(/ 0 abandoned/);
  }, 300_000);
});
