import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Program } from "./support/program.js";
import { PythonParticipant } from "./support/python-participant.js";
import { Sky } from "./support/sky.js";
import { until } from "./support/until.js";
import { World } from "./support/world.js";

type HttpParticipant = Program<{ readonly url: string; readonly pid: number }>;

interface Listed {
  readonly instances: readonly { readonly service: string; readonly protocol: string; readonly url: string | null }[];
}

/** Nobody here is marked down for standing still. */
const patient = { args: ["--patience", "10000"] };

let world: World;
let registry: Program<{ readonly url: string }>;

beforeEach(async () => {
  world = new World();
  registry = await world.start("registry", patient);
});

afterEach(() => world[Symbol.asyncDispose]());

function httpParticipant(name: string, requires: readonly string[], ...more: string[]): Promise<HttpParticipant> {
  const required = requires.flatMap((service) => ["--requires", service]);
  return world.start("http-participant", {
    args: ["--name", name, "--registry", registry.ready.url, ...required, ...more],
  });
}

/** Waits until a participant knows just these URLs. */
function knows(who: HttpParticipant | PythonParticipant, service: string, urls: readonly string[]): Promise<number> {
  const wanted = JSON.stringify(urls.toSorted());
  return until(`${service} is known at ${wanted}`, 30_000, async () => {
    const known =
      who instanceof PythonParticipant ? who.providers(service) : await who.ask<string[]>("providers", service);
    const seen = JSON.stringify(known.toSorted());
    return seen === wanted || seen;
  });
}

describe("REG-2.1 REG-2.3 REG-2.7 programs by HTTP and Skylark services", () => {
  it("see each other, whatever they are written in and whoever came first, and call each other", async () => {
    const office = await httpParticipant("office", ["echo", "reporter"]);
    const echo = await world.participant("echo");
    await using reporter = new PythonParticipant(registry.ready.url, "reporter", "office", "echo");
    const door = echo.ready.address.replace(/^tcp:/, "http:");
    await knows(office, "echo", [door]);
    await knows(office, "reporter", [await reporter.url()]);
    await knows(reporter, "office", [office.ready.url]);
    await knows(reporter, "echo", [door]);
    expect(await office.ask("ask", { name: "echo", path: "/echo/echo", body: ["hello"] })).toBe('200 "hello"');
    expect(await office.ask("ask", { name: "reporter", path: "/heartbeat" })).toBe("200 ");

    const { instances } = await new Sky(world.home).json<Listed>("instances");
    const seen = instances.filter(({ service }) => ["office", "reporter", "echo"].includes(service));
    expect(seen.map(({ service, protocol, url }) => `${service} ${protocol} ${url}`).toSorted()).toEqual([
      `echo skylark ${door}`,
      `office http ${office.ready.url}`,
      `reporter http ${await reporter.url()}`,
    ]);

    expect(await reporter.terminate()).toBe(0);
    await knows(office, "reporter", []);
    expect(await office.terminate()).toBe(0);
    const { instances: left } = await new Sky(world.home).json<Listed>("instances");
    expect(left.filter(({ protocol }) => protocol === "http")).toEqual([]);
  });

  it("are listed once when a program was killed and is started again at its port", async () => {
    const first = await httpParticipant("office", []);
    const { port } = new URL(first.ready.url);
    await using reporter = new PythonParticipant(registry.ready.url, "reporter", "office");
    await knows(reporter, "office", [first.ready.url]);
    await first.kill();
    const again = await httpParticipant("office", ["reporter"], "--port", port);
    expect(again.ready.url).toBe(first.ready.url);
    await knows(again, "reporter", [await reporter.url()]);
    await knows(reporter, "office", [again.ready.url]);
    const { instances } = await new Sky(world.home).json<Listed>("instances");
    expect(instances.filter(({ service }) => service === "office")).toHaveLength(1);
  });

  it("REG-2.5 lose nothing when the registry dies: they know what they knew, and hear of what comes after", async () => {
    const port = new URL(registry.ready.url).port;
    const office = await httpParticipant("office", ["log"]);
    await using reporter = new PythonParticipant(registry.ready.url, "reporter", "office");
    await knows(reporter, "office", [office.ready.url]);
    await registry.kill();
    const log = httpParticipant("log", []); // waits for the registry
    expect(reporter.providers("office")).toEqual([office.ready.url]);
    registry = await world.start("registry", { ...patient, env: { SKYLARK_PORT: port } });
    await knows(office, "log", [(await log).ready.url]);
    await knows(reporter, "office", [office.ready.url]);
  });

  it("come back by themselves when somebody took them out", async () => {
    const office = await httpParticipant("office", [], "--silence", "8000"); // it does not come back before others could hear
    await using reporter = new PythonParticipant(registry.ready.url, "reporter", "office");
    await knows(reporter, "office", [office.ready.url]);
    const before = reporter.history("office").length;
    const { status } = await fetch(`${registry.ready.url}/services`, { method: "DELETE", body: office.ready.url });
    expect(status).toBe(200);
    await until("the reporter hears that it is gone", 30_000, () => {
      const after = reporter.history("office").slice(before);
      return after.some((urls) => urls.length === 0) || JSON.stringify(after);
    });
    await knows(reporter, "office", [office.ready.url]);
  });
});

it("the program in the package's README runs as it stands there", async () => {
  const page = readFileSync(new URL("../packages/participant/README.md", import.meta.url), "utf8");
  const code = /```ts\n(.*?)```/s.exec(page)?.[1]?.replace("7000", "0") ?? "";
  const echo = await world.participant("grading");
  const child = spawn(process.execPath, ["--input-type=module"], {
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    env: { ...process.env, SKYLARK_REGISTRY: registry.ready.url },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  child.stdin.end(code);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await until("it prints where grading is", 30_000, () => said.includes(echo.ready.address.slice(4)) || said);
  child.kill("SIGTERM");
  expect(await closed).toEqual([0, null]);
});
