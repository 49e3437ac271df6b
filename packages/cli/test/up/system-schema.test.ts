import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/failure.js";
import { defineSystem } from "../../src/index.js";
import { readDefinition } from "../../src/up/system-schema.js";

function refused(value: unknown): string {
  try {
    readDefinition(value, "system.json");
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(UsageError);
    return (thrown as Error).message;
  }
  throw new Error("it was taken");
}

function withProcess(fields: object): object {
  return { name: "demo", processes: { log: { module: "./log.js", ...fields } } };
}

describe("a system file", () => {
  it("may use every field", () => {
    const definition = defineSystem({
      name: "demo",
      env: { REGISTRY_URL: "http://127.0.0.1:{registry.port}", LEVEL: 3 },
      processes: {
        registry: {
          module: "./registry.js",
          port: { number: 3000, setting: "REGISTRY_PORT" },
          ready: { url: "/healthz" },
        },
        log: { module: "./log.js", args: ["--fast"], env: { A: "b" }, cwd: "log", instances: 2, after: ["registry"] },
        grading: { module: "./grading.js", ready: { service: "grading", message: true, withinMs: 1000 } },
        reporter: { command: ["python3", "reporter.py"], optional: "no reports", restart: "never" },
        web: { command: ["web"], port: 0, ready: { url: "http://127.0.0.1:{port}/x" } },
      },
      opened: () => ["look here"],
    });
    expect(readDefinition(definition, "system.ts")).toEqual(definition);
  });

  const wrong: [value: unknown, says: string][] = [
    [undefined, "system.json: a system must be an object with a name and processes"],
    [[], "a system must be an object with a name and processes"],
    [{ processes: {} }, "name must be a text; processes must name a process"],
    [{ name: "a b", processes: { a: { module: "x" } } }, "name is no name of a system"],
    [{ name: "demo", procesess: {} }, 'has an unknown field "procesess": did you mean "processes"?'],
    [{ name: "demo", processes: { "a b": { module: "x" } } }, "processes.a b is no name of a process"],
    [{ name: "demo", processes: { log: "./log.js" } }, "processes.log must be an object"],
    [withProcess({ redy: {} }), 'processes.log has an unknown field "redy": did you mean "ready"?'],
    [withProcess({ ready: { urls: "x" } }), 'processes.log.ready has an unknown field "urls": did you mean "url"?'],
    [withProcess({ ready: { url: "healthz" } }), "processes.log.ready.url must be an http or https URL, or a path"],
    [withProcess({ ready: { url: "/healthz" } }), 'processes.log.ready has a path as "url", and neither'],
    [withProcess({ ready: { message: false } }), "processes.log.ready.message must be true, or left out"],
    [withProcess({ ready: { withinMs: "1s" } }), "processes.log.ready.withinMs must be a number of milliseconds"],
    [withProcess({ command: ["x"] }), 'processes.log.command is one too many beside "module"'],
    [{ name: "demo", processes: { log: {} } }, 'processes.log.module is missing, and so is "command"'],
    [{ name: "demo", processes: { log: { command: "x" } } }, "processes.log.command must be a list of texts"],
    [{ name: "demo", processes: { log: { command: [] } } }, "processes.log.command must name a program"],
    [
      { name: "demo", processes: { log: { command: ["x"], ready: { message: true } } } },
      'processes.log.ready has "message", which only a module can send',
    ],
    [withProcess({ args: [1] }), "processes.log.args.0 must be a text"],
    [withProcess({ env: { A: true } }), "processes.log.env.A must be a text or a number"],
    [withProcess({ env: { "A B": "x" } }), "processes.log.env.A B is no name of a variable"],
    [withProcess({ instances: 0 }), "processes.log.instances must be at least 1"],
    [withProcess({ instances: 1.5 }), "processes.log.instances must be a whole number"],
    [withProcess({ instances: 2, port: 80 }), "processes.log.instances cannot share one port"],
    [withProcess({ port: 70_000 }), "processes.log.port must be a port, 0 to 65535"],
    [withProcess({ port: { setting: "A" } }), "processes.log.port"],
    [withProcess({ after: "registry" }), "processes.log.after must be a list of texts"],
    [withProcess({ restart: "sometimes" }), 'processes.log.restart must be "always" or "never"'],
    [withProcess({ optional: true }), "processes.log.optional must be a text"],
    [{ name: "demo", processes: { a: { module: "x" } }, opened: 7 }, "opened must be a list of lines, or a function"],
  ];

  it.each(wrong)("%j is refused, and the field is named", (value, says) => {
    expect(refused(value)).toContain(says);
  });

  it("is told of all its mistakes at once", () => {
    const message = refused({ name: "demo", processes: { a: { module: 1 }, b: { module: "x", port: "y" } } });
    expect(message).toContain("processes.a.module");
    expect(message).toContain("processes.b.port");
  });

  it("has a limit on its processes", () => {
    const many = Array.from({ length: 65 }, (_, index) => [`p${index}`, { module: "x" }]);
    expect(refused({ name: "demo", processes: Object.fromEntries(many) })).toContain("processes must be at most 64");
  });
});
