import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TalkerBook } from "./programs/talker.js";
import type { Program } from "./support/program.js";
import { Sky } from "./support/sky.js";
import { until } from "./support/until.js";
import { World } from "./support/world.js";

/** What a running `sky` printed so far. */
class Printed {
  readonly child: ChildProcess;
  out = "";
  err = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on("data", (text: Buffer) => (this.out += text.toString()));
    child.stderr?.on("data", (text: Buffer) => (this.err += text.toString()));
  }

  async shows(pattern: RegExp): Promise<void> {
    await until(`sky prints ${pattern}`, 20_000, () => pattern.test(this.out + this.err) || this.out + this.err);
  }

  async interrupt(): Promise<number | string> {
    this.child.kill("SIGINT");
    const [code, signal] = (await once(this.child, "close")) as [number | null, string | null];
    return signal ?? code ?? "nothing";
  }
}

function logService(world: World): Promise<Program> {
  return world.start("log-service", { args: ["--folder", join(world.home, "log")] });
}

function talker(world: World, name: string): Promise<Program> {
  return world.start("talker", { args: ["--name", name] });
}

async function delivered(...talkers: Program[]): Promise<void> {
  for (const each of talkers) {
    await until("its lines are delivered", 20_000, async () => {
      const { waiting } = await each.ask<TalkerBook>("book");
      return waiting === 0 || `${waiting} wait`;
    });
  }
}

describe("sky logs", () => {
  it("OPS-4.1 says where there is no log service, and how to start one", async () => {
    await using world = new World();
    await world.participant("host");
    const sky = new Sky(world.home);
    for (const argv of [["logs"], ["logs", "--follow"]]) {
      const { exitCode, out, err } = await sky.run(...argv);
      expect({ exitCode, out }).toEqual({ exitCode: 3, out: "" });
      expect(err).toMatch(
        /^sky: not_found: no log service is running in the cluster "default": start one, by openLogs\(\)/,
      );
    }
  });

  it("OPS-4.1 RPC-6.1 shows what one request led to in every process, in the order of time", async () => {
    await using world = new World();
    await world.participant("host");
    await logService(world);
    const [portal, grading] = [await talker(world, "portal"), await talker(world, "grading")];
    const sky = new Sky(world.home);
    expect(await portal.ask("request", { id: "r-4711", through: ["grading"] })).toBe("r-4711");
    await portal.ask("request", { id: "r-4712", through: ["grading"] });
    await delivered(portal, grading);
    const lines = (await sky.out("logs", "--request", "r-4711")).trim().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {2}info {3}portal {2}portal begins {2}request=r-4711$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {2}info {3}grading {2}grading was asked {2}request=r-4711$/),
    ]);
    const json = (await sky.out("logs", "--service", "grading", "--json")).trim().split("\n");
    expect(json.map((line) => (JSON.parse(line) as { request: string }).request)).toEqual(["r-4711", "r-4712"]);
    expect(await sky.out("logs", "BEGINS", "--last", "1")).toMatch(/request=r-4712\n$/);
    expect(await sky.run("logs", "--level", "error")).toEqual({
      exitCode: 3,
      out: "",
      err: "no line of the log fits\n",
    });
    expect(await sky.run("logs", "--since", "2d", "nowhere", "--json")).toEqual({ exitCode: 3, out: "", err: "" });
  });

  it("OPS-4.1 follows over the end of the log service and its return, each line once, until Ctrl-C", async () => {
    // so long that the service is away when it is killed, and not for standing still
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "60000" });
    await world.participant("host");
    const service = await logService(world);
    const portal = await talker(world, "portal");
    const sky = new Sky(world.home);
    const say = (from: number, to: number): Promise<unknown> =>
      Promise.all(Array.from({ length: to - from + 1 }, (_, at) => portal.ask("say", `line ${from + at}.`)));
    await say(1, 5);
    await delivered(portal);
    const followed = new Printed(sky.spawn("logs", "-f", "--service", "portal", "--last", "3"));
    await followed.shows(/line 5\./);
    await say(6, 8);
    await followed.shows(/line 8\./);
    await service.kill();
    await followed.shows(/the log service is away, waiting for it: /);
    await say(9, 12);
    await logService(world);
    await followed.shows(/line 12\./);
    await say(13, 13);
    await followed.shows(/line 13\./);
    expect(await followed.interrupt()).toBe(130);
    const seen = [...followed.out.matchAll(/line (\d+)\./g)].map(([, number]) => Number(number));
    expect(seen).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(followed.err.trim().split("\n")).toEqual([
      expect.stringMatching(/^the log service is away/),
      "the log service is back",
    ]);
  });

  it("shows what would steer a terminal, and sends none of it there", async () => {
    await using world = new World();
    await world.participant("host");
    await logService(world);
    const portal = await talker(world, "portal");
    await portal.ask("say", "\u001b[2J\u001b]0;owned\u0007 red\u202e");
    await delivered(portal);
    const sky = new Sky(world.home);
    expect(await sky.out("logs")).toMatch(/ {2}portal {2}\\x1b\[2J\\x1b\]0;owned\\x07 red\\u202e\n$/);
    const [line = ""] = (await sky.out("logs", "--json")).split("\n");
    expect((JSON.parse(line) as { message: string }).message).toBe("\u001b[2J\u001b]0;owned\u0007 red\u202e");
  });

  it("prints a long log to a slow reader, and ends when that has read enough", async () => {
    await using world = new World();
    await world.participant("host");
    await logService(world);
    const portal = await talker(world, "portal");
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 2000 }, () => portal.ask("say", "x".repeat(1000))));
      await delivered(portal);
    }
    const child = new Sky(world.home).spawn("logs", "--since", "1h");
    await once(child.stdout as NodeJS.ReadableStream, "readable");
    child.stdout?.read(1);
    child.stdout?.destroy();
    expect(await once(child, "close")).toEqual([0, null]);
    const whole = await new Sky(world.home).out("logs", "--since", "1h");
    expect(whole.split("\n")).toHaveLength(10_001);
  });
});
