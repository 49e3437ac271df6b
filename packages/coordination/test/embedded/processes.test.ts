import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../../src/journal/open-store.js";
import { contentOf } from "../journal/stored.js";
import { temporaryFolder } from "../temporary-folder.js";
import { idOf, openClient } from "./clients.js";

const bursts = process.env["SKYLARK_FULL"] ? 200 : 5;

/** A program of this folder's neighbour, run from source as the tests are. */
function run(program: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Lets it write until it has been told of `count` acknowledged writes, then kills it. Returns all that were acknowledged. */
async function killAfter(child: ChildProcess, count: number): Promise<number[]> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split("\n").length > count) child.kill("SIGKILL");
  });
  await once(child, "close"); // the pipe is read to its end
  return text.split("\n").slice(0, -1).map(Number);
}

describe("processes", () => {
  it(`COORD-1.12 COORD-1.13 COORD-4.2 a host killed in a burst of writes loses none that was acknowledged (${bursts} bursts)`, async () => {
    const home = temporaryFolder();
    const random = seededRandom(11);
    let torn = 0;
    for (let burst = 0; burst < bursts; burst++) {
      const acknowledged = await killAfter(run("writer", home, `${burst}`), 1 + randomIndex(random, 400));
      const opened = openStore({ folder: `${home}/store-v1`, now: 0 });
      if (opened.torn) torn++;
      const content = contentOf(opened);
      opened.journal.close();
      expect(acknowledged.length).toBeGreaterThan(0);
      for (const number of acknowledged) {
        expect(content[`/each/${burst}/${number}`]).toBe(number);
        const last = content[`/burst/${burst}/${number % 50}`] as { number: number };
        expect(last.number).toBeGreaterThanOrEqual(number % 50);
      }
    }
    expect(torn).toBeLessThanOrEqual(bursts);
  }, 600_000);

  it("COORD-5.7 a host that is busy with its own work expires nobody, and answers everybody", async () => {
    const home = temporaryFolder();
    const over = join(home, "over");
    const child = run("busy-host", home, over);
    await once(child.stdout as Readable, "data");
    const ttlMs = 6000; // what keeps the machine from the host's thread as well is shorter
    const client = await openClient({ home, host: false, ttlMs });
    const mine = await client.create("/mine", 1, { ephemeral: true });
    const until = performance.now() + ttlMs + 500;
    for (let answered = 0; answered < 5 || performance.now() < until; answered++) {
      await client.put("/answered", answered);
    }
    expect(await client.get("/mine")).toEqual(mine);
    expect(idOf(client)).toBe(mine.owner);
    await client.close();
    writeFileSync(over, "");
    expect(await once(child, "close")).toEqual([0, null]);
  });

  it("nothing of the store keeps a process alive once its client is closed", async () => {
    const child = run("guest", temporaryFolder());
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
  });
});
