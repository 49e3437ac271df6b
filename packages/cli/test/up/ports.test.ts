import { createServer } from "node:net";
import { expect, it } from "vitest";
import type { SystemDefinition } from "../../src/index.js";
import { declaredPorts, openPorts, refuseTakenPorts } from "../../src/up/ports.js";
import { systemPlan } from "../../src/up/system-plan.js";

const definition: SystemDefinition = {
  name: "demo",
  processes: {
    registry: { module: "r.js", port: 3000 },
    portal: { module: "p.js", port: { number: 5000, setting: "PORTAL_PORT" } },
    log: { module: "l.js" },
  },
};

it("a port is that of its setting, where the environment or the file gives one", () => {
  const own = [
    ["registry", 3000],
    ["portal", 5000],
  ];
  expect([...declaredPorts(definition, {})]).toEqual(own);
  expect([...declaredPorts(definition, { PORTAL_PORT: "" })]).toEqual(own);
  expect(declaredPorts(definition, { PORTAL_PORT: "5100" }).get("portal")).toBe(5100);
  expect(declaredPorts({ ...definition, env: { PORTAL_PORT: 5200 } }, {}).get("portal")).toBe(5200);
  expect(() => declaredPorts(definition, { PORTAL_PORT: "many" })).toThrow('PORTAL_PORT is "many": it takes a port');
});

it("0 becomes a free one, never twice the same", async () => {
  const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
  const ports = await openPorts(new Map([["fixed", 7], ...names.map((name) => [name, 0] as const)]));
  expect(ports.get("fixed")).toBe(7);
  expect(new Set(ports.values()).size).toBe(11);
  expect(Math.min(...names.map((name) => ports.get(name) ?? 0))).toBeGreaterThan(1023);
});

it("ports that others have are named, each with what to do", async () => {
  const servers = [createServer(), createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
        ),
    ),
  );
  try {
    const [registry = 0, portal = 0, asked = 0] = ports;
    const taken: SystemDefinition = {
      ...definition,
      processes: { ...definition.processes, log: { module: "l.js", ready: { url: `http://localhost:${asked}/` } } },
    };
    const given = new Map([
      ["registry", registry],
      ["portal", portal],
    ]);
    const { processes } = systemPlan(taken, { folder: "/", ports: given });
    const refusal = await refuseTakenPorts(processes, given, taken).catch((error: unknown) => (error as Error).message);
    expect(refusal).toBe(
      [
        `port ${registry} of "registry" is taken: stop the other program, or change it in the system file`,
        `port ${portal} of "portal" is taken: stop the other program, or set PORTAL_PORT, as in PORTAL_PORT=${portal + 1}`,
        `port ${asked} of "log" is taken: stop the other program, or change it in the system file`,
      ].join("; "),
    );
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    await refuseTakenPorts(processes, given, taken);
  } finally {
    for (const server of servers) server.close();
  }
});

it("a process that is ready once another answers does not take that one's port", async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  try {
    const waits = { module: "w.js", ready: { url: `http://127.0.0.1:${port}/` } };
    const two: SystemDefinition = { name: "demo", processes: { a: { module: "a.js", port }, waits } };
    const ports = new Map([["a", port]]);
    const { processes } = systemPlan(two, { folder: "/", ports, only: ["waits"] });
    await expect(refuseTakenPorts(processes, ports, two)).resolves.toBeUndefined();
  } finally {
    server.close();
  }
});
