import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Sky } from "./support/sky.js";
import { isAlive, SystemFolder, type Up } from "./support/system-folder.js";
import { until } from "./support/until.js";

/** Listens on PORT once LATE_MS have passed, and answers with its own name. */
const web = `
  import { createServer } from "node:http";
  console.log("begins");
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.LATE_MS ?? 0)));
  const server = createServer((request, response) => response.end(process.argv[2]));
  server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listens"));
`;
/** Prints what is special about how it ends. */
const leaver = `
  process.on("SIGTERM", () => { console.log("leaves"); process.exit(0); });
  setInterval(() => {}, 1000);
  process.send({ ready: "here" });
`;
const deaf = `process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000);`;
const provider = fileURLToPath(new URL("../examples/hello/dist/provider.js", import.meta.url));

/** Three that come after each other, in TypeScript. */
const chain = `
  import { defineSystem } from "@skylark/cli";
  const port: number = 0;
  export default defineSystem({
    name: "chain",
    processes: {
      portal: {
        module: "./web.mjs",
        args: ["portal"],
        after: ["grading"],
        port: { number: port, setting: "PORT" },
        ready: { url: "/" },
        env: { LATE_MS: 1200 },
      },
      grading: { module: ${JSON.stringify(provider)}, after: ["log"], ready: { service: "greeter" }, instances: 2 },
      log: { command: ["sh", "-c", "trap 'echo leaves; exit 0' TERM; sleep 1000 & wait"] },
    },
    opened: ({ processes }) => [\`look at http://127.0.0.1:{portal.port}/ of \${Object.keys(processes)}\`],
  });
`;

function json(processes: object): string {
  return JSON.stringify({ name: "demo", processes });
}

async function gone(pids: readonly number[]): Promise<void> {
  await until(
    "all have ended",
    60_000,
    () => pids.filter(isAlive).length === 0 || `${pids.filter(isAlive).join()} live`,
  );
}

function positions(up: Up, ...events: readonly (readonly [kind: string, process: string])[]): number[] {
  return events.map(([kind, process]) =>
    up.events.findIndex((event) => event.kind === kind && event.process === process),
  );
}

describe("sky up", () => {
  it("OPS-2.1 starts a TypeScript system in its order, each once those before it are ready, and ends it in reverse", async () => {
    await using folder = new SystemFolder({ "skylark.system.ts": chain, "web.mjs": web });
    const up = folder.up();
    const { lines } = await up.event({ kind: "opened" });
    expect(lines?.[0]).toMatch(/^look at http:\/\/127\.0\.0\.1:\d+\/ of log,grading-1,grading-2,portal$/);
    const url = /http:\S+/.exec(lines?.[0] ?? "")?.[0] ?? "";
    expect(await (await fetch(url)).text()).toBe("portal");
    expect(positions(up, ["ready", "log"], ["launched", "grading-1"]).toSorted((a, b) => a - b)).toEqual(
      positions(up, ["ready", "log"], ["launched", "grading-1"]),
    );
    const order = positions(
      up,
      ["ready", "grading-1"],
      ["launched", "portal"],
      ["waiting", "portal"],
      ["ready", "portal"],
    );
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(up.events.find(({ kind, process }) => kind === "waiting" && process === "portal")).toMatchObject({
      ms: 1000,
    });
    expect(await new Sky(folder.home).json("services")).toMatchObject({
      services: [{ name: "greeter", instances: 2 }],
    });

    up.child.kill("SIGINT");
    expect(await up.ended()).toBe(0);
    expect(up.order("leaving")[0]).toBe("portal");
    expect(up.order("leaving").at(-1)).toBe("log");
    const left = positions(up, ["left", "portal"], ["leaving", "grading-1"], ["left", "grading-1"], ["leaving", "log"]);
    expect(left).toEqual(left.toSorted((a, b) => a - b));
    const receipts = up.events.filter(({ line }) => line?.includes("drain receipt"));
    expect(receipts.map(({ process }) => process ?? "").toSorted()).toEqual(["grading-1", "grading-2"]);
    expect(up.events.filter(({ line }) => line === "leaves").map(({ process }) => process)).toEqual(["log"]);
    expect(up.events.at(-1)).toMatchObject({ kind: "ended", orderly: true });
    // nobody but sky had to host the store
    expect(up.events.filter(({ line }) => line?.includes("hosts the embedded store"))).toEqual([]);
    expect(up.events.filter(({ message }) => message?.includes("hosts the embedded store"))).toHaveLength(1);
    await gone(up.pids());
  });

  it("starts a JSON system, or some of it, and leaves out what is optional and not installed", async () => {
    const processes = {
      web: { module: "./web.mjs", args: ["web"], port: { number: 0, setting: "PORT" }, ready: { url: "/" } },
      other: { module: "./deaf.mjs" },
      reporter: { command: ["no-such-program"], optional: "nobody prints averages" },
      job: { command: ["sh", "-c", "sleep 1; echo port {web.port}"], after: ["web", "reporter"], restart: "never" },
    };
    await using folder = new SystemFolder({ "system.json": json(processes), "web.mjs": web, "deaf.mjs": deaf });
    const up = folder.up("--without", "other");
    await up.event({ kind: "opened" });
    await up.line(/^port [1-9]/);
    expect(up.events).toContainEqual(
      expect.objectContaining({
        kind: "leftOut",
        process: "reporter",
        why: "the command no-such-program is not installed",
        missing: "nobody prints averages",
      }),
    );
    expect(up.events).toContainEqual(
      expect.objectContaining({ kind: "output", process: "job", line: expect.stringMatching(/^port [1-9]/) }),
    );
    expect(up.order("launched").toSorted()).toEqual(["job", "web"]);
    up.child.kill("SIGTERM");
    expect(await up.ended()).toBe(0);
  });

  it("only checks a file where that is asked, and names what is wrong with one", async () => {
    await using folder = new SystemFolder({
      "system.json": json({ log: { module: "./log.mjs" }, web: { module: "./web.mjs", after: ["log"] } }),
      "web.mjs": web,
      "wrong.json": json({ web: { module: "./web.mjs", redy: {} } }),
    });
    const checked = await new Sky(folder.home).json<{ processes: object[] }>(
      "up",
      `${folder.path}/system.json`,
      "--check",
    );
    expect(checked.processes).toEqual([
      { name: "log", after: [], port: null, missing: `there is no ${folder.path}/log.mjs: is it built?` },
      { name: "web", after: ["log"], port: null, missing: null },
    ]);
    const wrong = await folder.run("up", "wrong.json");
    expect(wrong.exitCode).toBe(2);
    expect(wrong.errors).toContain('wrong.json: processes.web has an unknown field "redy": did you mean "ready"?');
    const missing = await folder.run("up");
    expect(missing.exitCode).toBe(1);
    expect(missing.errors).toContain('"log" cannot start: there is no');
    expect((await folder.run("up", "nothing.ts")).exitCode).toBe(3);
  });

  it("names a port that is taken, with what to set, before it starts anything", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)),
    );
    const processes = {
      web: { module: "./web.mjs", port: { number: port, setting: "PORT" } },
      log: { module: "./web.mjs" },
    };
    await using folder = new SystemFolder({ "system.json": json(processes), "web.mjs": web });
    try {
      const { exitCode, events, errors } = await folder.run("up", "--json");
      expect({ exitCode, events }).toEqual({ exitCode: 1, events: [] });
      expect(errors).toContain(
        `port ${port} of \\"web\\" is taken: stop the other program, or set PORT, as in PORT=${port + 1}`,
      );
    } finally {
      other.close();
    }
  });

  it("shows the last words of one that is not ready in time, ends the rest, and has failed", async () => {
    const processes = {
      log: { module: "./leaver.mjs", ready: { message: true } },
      web: { module: "./deaf.mjs", after: ["log"], ready: { message: true, withinMs: 5000 } },
      never: { module: "./leaver.mjs", after: ["web"] },
    };
    await using folder = new SystemFolder({ "system.json": json(processes), "deaf.mjs": deaf, "leaver.mjs": leaver });
    const up = folder.up();
    expect(await up.ended()).toBe(1);
    expect(up.events.find(({ kind }) => kind === "notReady")).toMatchObject({
      process: "web",
      why: "was not ready within 5 s: it waited for its word that it is ready",
      lines: ["deaf"],
    });
    expect(up.order("launched")).toEqual(["log", "web"]);
    expect(up.events.filter(({ line }) => line === "leaves").map(({ process }) => process)).toEqual(["log"]);
    await gone(up.pids());
  });

  it("OPS-2.1 OPS-2.2 starts one again that dies, waits for it, and gives up on one that dies too quickly; the rest goes on", async () => {
    const processes = {
      web: { module: "./web.mjs", args: ["web"], port: { number: 0, setting: "PORT" }, ready: { url: "/" } },
      dying: { module: "./dying.mjs", restart: "always", ready: { message: true } },
    };
    const dying = `process.send({ ready: "for a moment" }, () => process.exit(3));`;
    await using folder = new SystemFolder({ "system.json": json(processes), "web.mjs": web, "dying.mjs": dying });
    const up = folder.up();
    const { pid, address } = await up.event({ kind: "ready", process: "web" });
    process.kill(pid as number, "SIGKILL");
    const back = await up.event({ kind: "ready", process: "web", again: true });
    expect(back.address).toBe(address); // the same port
    expect(back.pid).not.toBe(pid);
    expect(await (await fetch(`${address}`)).text()).toBe("web");

    const given = await up.event({ kind: "died", process: "dying", restartInMs: null });
    expect(given.why).toBe("5 times in a row within 5 s of its start");
    const pauses = up.events.filter(({ kind, process }) => kind === "died" && process === "dying");
    expect(pauses.map(({ restartInMs }) => restartInMs)).toEqual([250, 500, 1000, 2000, null]);
    expect(await (await fetch(`${address}`)).text()).toBe("web");
    up.child.kill("SIGINT");
    expect(await up.ended()).toBe(0);
  });

  it("fails when nothing runs any more", async () => {
    const dying = `process.send({ ready: "for a moment" }, () => process.exit(3));`;
    const processes = { dying: { module: "./dying.mjs", ready: { message: true } } };
    await using folder = new SystemFolder({ "system.json": json(processes), "dying.mjs": dying });
    const up = folder.up();
    expect(await up.ended()).toBe(1);
    expect(up.events.find(({ kind }) => kind === "failed")?.message).toBe("nothing runs any more");
  });

  it("killed -9 it leaves nobody: modules of any kind leave in order, and so do whole groups of commands", async () => {
    const processes = {
      provider: { module: provider, ready: { service: "greeter" } },
      leaver: { module: "./leaver.mjs", ready: { message: true } },
      shell: { command: ["sh", "-c", "sleep 1000 & echo child $!; sleep 1000"] },
    };
    await using folder = new SystemFolder({
      "system.json": json(processes),
      // what it says after the death of sky must not matter
      "leaver.mjs": `${leaver} setInterval(() => console.log("tick"), 10);`,
    });
    const up = folder.up();
    await up.event({ kind: "opened" });
    const [, child] = await up.line(/^child (\d+)$/);
    const pids = [...up.pids(), Number(child)];
    expect(pids.map(isAlive)).toEqual([true, true, true, true]);
    up.child.kill("SIGKILL");
    await gone(pids);
  });

  it("does not wait for one that hangs when it is asked twice", async () => {
    const processes = {
      deaf: { module: "./deaf.mjs" },
      shell: { command: ["sh", "-c", "trap '' TERM; echo trapped; sleep 1000"] },
    };
    await using folder = new SystemFolder({ "system.json": json(processes), "deaf.mjs": deaf });
    const up = folder.up();
    await up.event({ kind: "opened" });
    await up.line(/^deaf$/);
    await up.line(/^trapped$/);
    up.child.kill("SIGINT");
    await up.event({ kind: "leaving", process: "deaf" });
    up.child.kill("SIGTERM");
    expect(await up.ended()).toBe(130);
    await gone(up.pids());
  });

  it("ends in order where nobody reads what it says any more", async () => {
    const processes = { ticking: { module: "./ticking.mjs" } };
    const ticking = `${leaver} setInterval(() => console.log("tick"), 10);`;
    await using folder = new SystemFolder({ "system.json": json(processes), "ticking.mjs": ticking });
    const up = folder.up();
    await up.event({ kind: "output", line: "tick" });
    await up.event({ kind: "opened" });
    up.child.stdout?.destroy();
    expect(await up.ended()).toBe(0);
    await gone(up.pids());
  });
});
