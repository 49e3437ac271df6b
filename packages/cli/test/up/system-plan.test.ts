import { describe, expect, it } from "vitest";
import type { ProcessDefinition } from "../../src/index.js";
import { type PlanOptions, type SystemPlan, systemPlan } from "../../src/up/system-plan.js";

function planned(processes: Record<string, ProcessDefinition>, options: Partial<PlanOptions> = {}): SystemPlan {
  return systemPlan(
    { name: "demo", env: { COMMON: "c" }, processes },
    { folder: "/sys", ports: new Map(), ...options },
  );
}

function names(plan: SystemPlan): string[] {
  return plan.processes.map(({ name }) => name);
}

describe("the plan of a system", () => {
  it("has paths from the folder of the file, and all variables", () => {
    const { processes } = planned({ log: { module: "./dist/log.js", args: ["-v"], cwd: "data", env: { OWN: 7 } } });
    expect(processes).toEqual([
      {
        name: "log",
        launch: {
          kind: "module",
          path: "/sys/dist/log.js",
          args: ["-v"],
          cwd: "/sys/data",
          env: { COMMON: "c", OWN: "7" },
        },
        after: [],
        ready: { message: false, url: undefined, service: undefined, otherwise: "life", withinMs: 30_000 },
        port: undefined,
        optional: undefined,
        restart: "always",
      },
    ]);
  });

  it("looks a command up, unless it is a path", () => {
    const { processes } = planned({ a: { command: ["python3", "a.py"], args: ["x"] }, b: { command: ["./run.sh"] } });
    expect(processes.map(({ launch }) => launch)).toMatchObject([
      { kind: "command", command: "python3", args: ["a.py", "x"] },
      { kind: "command", command: "/sys/run.sh", args: [] },
    ]);
  });

  it("numbers several instances; who comes after them waits for each", () => {
    const plan = planned({
      portal: { module: "p.js", after: ["grading"] },
      grading: { module: "g.js", instances: 2 },
    });
    expect(names(plan)).toEqual(["grading-1", "grading-2", "portal"]);
    expect(plan.processes.at(-1)?.after).toEqual(["grading-1", "grading-2"]);
    const clash = { "grading-1": { module: "x.js" }, grading: { module: "g.js", instances: 2 } };
    expect(() => planned(clash)).toThrow('two processes would be called "grading-1"');
  });

  it("fills ports in, tells a process its own, and asks a path there", () => {
    const ports = new Map([
      ["registry", 3000],
      ["portal", 5001],
    ]);
    const { processes } = planned(
      {
        registry: { command: ["registry", "--port={port}"], port: 3000 },
        portal: {
          module: "p.js",
          port: { number: 5000, setting: "PORTAL_PORT" },
          env: { REGISTRY: "http://127.0.0.1:{registry.port}", JSON: '{"a":{}}' },
          ready: { url: "/healthz" },
        },
      },
      { ports },
    );
    const [registry, portal] = processes;
    expect(registry?.launch).toMatchObject({ command: "registry", args: ["--port=3000"] });
    expect(portal?.launch.env).toEqual({
      COMMON: "c",
      REGISTRY: "http://127.0.0.1:3000",
      JSON: '{"a":{}}',
      PORTAL_PORT: "5001",
    });
    expect(portal?.ready.url).toBe("http://127.0.0.1:5001/healthz");
  });

  it("leaves a path to be asked where the process says that it is reached", () => {
    const { processes } = planned({ a: { module: "a.js", ready: { url: "/healthz", message: true } } });
    expect(processes[0]?.ready).toMatchObject({ url: "/healthz", message: true });
  });

  it("names a placeholder that stands for nothing", () => {
    const env = { URL: "{registry.port}" };
    expect(() => planned({ a: { module: "a.js", env } })).toThrow(
      '{registry.port} stands for the port of "registry", which declares none: no process has one',
    );
    const ports = new Map([["b", 1]]);
    expect(() => planned({ a: { module: "a.js", env: { URL: "{port}" } } }, { ports })).toThrow("those with one are b");
  });

  it("holds some of its processes, and waits for nobody else", () => {
    const processes = {
      log: { module: "l.js" },
      grading: { module: "g.js", after: ["log"] },
      portal: { module: "p.js" },
    };
    expect(names(planned(processes, { only: ["grading", "portal"] }))).toEqual(["grading", "portal"]);
    expect(planned(processes, { only: ["grading"] }).processes[0]?.after).toEqual([]);
    expect(names(planned(processes, { without: ["portal"] }))).toEqual(["log", "grading"]);
    expect(() => planned(processes, { only: ["gradin"] })).toThrow(
      'there is no process "gradin": there is log, grading',
    );
    expect(() => planned(processes, { only: ["log"], without: ["log"] })).toThrow("no process is left to start");
  });
});
