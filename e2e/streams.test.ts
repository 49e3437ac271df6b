import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import type { ReaderBook } from "./programs/ticker-reader.js";
import type { Program } from "./support/program.js";
import { Sky } from "./support/sky.js";
import { report, trials, until } from "./support/until.js";
import { type ParticipantReady, World } from "./support/world.js";

type Ticker = Program<ParticipantReady>;

describe("a server stream between processes", () => {
  it("RPC-4.1 RPC-4.4 ends when its provider is killed or leaves, and goes on elsewhere without a gap", async () => {
    const rounds = trials(5, 1);
    // so long that nobody loses its session by standing still: the end of a stream is that of a process, and nothing else
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "60000" });
    await world.participant("host"); // keeps the store while providers come and go
    const tickers: Ticker[] = [await world.start("ticker"), await world.start("ticker")];
    const reader = await world.start("ticker-reader");
    const book = () => reader.ask<ReaderBook>("book");
    await reader.ask("start");
    let ended = 0;
    for (let round = 0; round < rounds; round++) {
      for (const how of ["kill", "terminate"] as const) {
        const { last } = await book();
        await until("ticks come", 10_000, async () => (await book()).last > last + 20 || `at ${last}`);
        const { instance } = await book();
        const at = tickers.findIndex(({ ready }) => ready.instance === instance);
        const leaving = tickers[at] as Ticker;
        await leaving[how]();
        ended++;
        if (how === "terminate") expect(leaving.output).toMatch(/drain receipt: .* 0 abandoned/);
        await until("read elsewhere", 10_000, async () => {
          const now = await book();
          return (now.ends.length === ended && now.instance !== instance) || JSON.stringify(now);
        });
        tickers[at] = await world.start("ticker");
      }
    }
    const { ticks, last, ends } = await reader.ask<ReaderBook>("stop");
    report("streams cut off", { topology: "2 providers, 1 reader", ended, ticks, ends });
    expect(ticks).toBe(last);
    expect(ends.slice(0, -1)).toEqual(
      Array.from({ length: rounds }, () => [
        { code: "unavailable", reason: "CONNECTION_LOST" },
        { code: "unavailable", reason: "DRAINING" },
      ]).flat(),
    );
    expect(ends.at(-1)).toEqual({ code: "cancelled", reason: undefined });
    await until("nobody is served any more", 5000, async () => {
      const running = await Promise.all(tickers.map((each) => each.ask<number>("running")));
      return running.every((count) => count === 0) || String(running);
    });
  }, 120_000);

  it("RPC-5.7 ends at its provider when its reader dies", async () => {
    await using world = new World();
    const ticker = await world.start<ParticipantReady>("ticker");
    const reader = await world.start("ticker-reader");
    await reader.ask("start");
    const running = async (count: number) => (await ticker.ask<number>("running")) === count || "not yet";
    await until("it reads", 10_000, () => running(1));
    await reader.kill();
    await until("its handler has left", 10_000, () => running(0));
  }, 60_000);

  it("RPC-4.1 is printed by sky call, message by message, until Ctrl-C ends it on both sides", async () => {
    await using world = new World();
    const ticker = await world.start<ParticipantReady>("ticker");
    const sky = new Sky(world.home);
    expect(await sky.out("call", "ticker.count", "3")).toBe("1\n2\n3\n");
    expect(await sky.out("call", "ticker.count", "2", "--json")).toBe('{"message":1}\n{"message":2}\n');
    expect(await sky.out("call", "ticker.count", "0")).toBe("");
    expect(await sky.out("describe", "ticker")).toContain("  ticks(…)  server stream\n");
    const child = sky.spawn("call", "ticker.ticks", "7", "--json", "--timeout", "30s");
    const lines: string[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => lines.push(line));
    await until("messages come", 10_000, () => lines.length > 5 || `${lines.length} lines`);
    expect(JSON.parse(lines[0] as string)).toEqual({ message: { tick: 7, instance: ticker.ready.instance } });
    expect(await ticker.ask("running")).toBe(1);
    const closed = once(child, "close");
    child.kill("SIGINT");
    expect(await closed).toEqual([130, null]);
    await until("its handler has left", 5000, async () => (await ticker.ask("running")) === 0 || "it runs");
  }, 60_000);
});
