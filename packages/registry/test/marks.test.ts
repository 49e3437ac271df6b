import { setOverride } from "@skylark/discovery/internal";
import { describe, expect, it } from "vitest";
import type { PlainProgram } from "./plain-program.js";
import { until, World } from "./world.js";

/** Often, and patient: who is well is never missed, however busy the machine is. */
const heartbeat = { intervalMs: 100, tries: 2, retryAfterMs: 20, timeoutMs: 10_000 };

function ail(program: PlainProgram): void {
  program.onHeartbeat = (_request, response) => response.writeHead(500).end();
}

describe("a participant that misses its heartbeats", () => {
  it("REG-3.3 REG-3.5 is marked down with who, when and why, and stays listed; dependants are told, and again when it is back", async () => {
    const world = new World();
    const { add, registry, application } = await world.registry({ heartbeat });
    const [grading, portal] = await Promise.all([world.program("grading"), world.program("portal", ["grading"])]);
    await add(grading);
    await add(portal);
    await portal.until(({ view }) => view.size === 1);
    await until(() => registry.participants()[0]?.health === "well");
    ail(grading);
    await portal.until(({ view }) => view.size === 0);
    const [status] = registry.participants();
    expect(status).toMatchObject({
      service: "grading",
      health: "missing",
      withheld: false,
      lastSeen: expect.stringMatching(/^\d{4}-/),
      mark: { by: "registry", why: "it answered with status 500", at: expect.stringMatching(/^\d{4}-/) },
    });
    const coordination = await world.coordination();
    const [override] = await coordination.list("/skylark/default/overrides/grading");
    expect(override?.value).toMatchObject({ mark: { by: "registry", instance: application.instance } });
    expect(await world.listed()).toContain(`grading ${grading.url}`);
    grading.onHeartbeat = undefined;
    await portal.until(({ view }) => view.size === 1);
    expect(await coordination.list("/skylark/default/overrides/grading")).toEqual([]);
    expect(portal.patches.slice(1)).toEqual([
      { Added: [], Removed: [{ Name: "grading", URL: grading.url }] },
      { Added: [{ Name: "grading", URL: grading.url }], Removed: [] },
    ]);
  });

  it.each([
    ["answers 500", (program: PlainProgram) => (program.onHeartbeat = (_, response) => response.writeHead(500).end())],
    [
      "redirects to one who is well",
      (program: PlainProgram) =>
        (program.onHeartbeat = ({ url }, response) =>
          url === "/heartbeat" ? response.writeHead(302, { location: `${program.url}/well` }).end() : response.end()),
    ],
    [
      "resets the connection",
      (program: PlainProgram) => (program.onHeartbeat = ({ socket }) => socket.resetAndDestroy()),
    ],
    ["is gone", (program: PlainProgram) => program.stop()],
    ["hangs", (program: PlainProgram) => (program.onHeartbeat = () => {})],
  ])("is one that %s", async (_what, fall) => {
    const world = new World();
    const { add, registry } = await world.registry({ heartbeat: { ...heartbeat, timeoutMs: 500 } });
    const grading = await world.program("grading");
    await add(grading);
    await until(() => registry.participants()[0]?.health === "well");
    await fall(grading);
    await until(() => registry.participants()[0]?.mark !== null);
    expect(registry.participants()[0]?.health).toBe("missing");
  });

  it("REG-3.6 REG-HTTP-16 is not marked where a third of its service is already, one at least; it is shown, and marked when there is room", async () => {
    const world = new World();
    const { add, registry } = await world.registry({ heartbeat });
    const gradings = await Promise.all(Array.from({ length: 7 }, () => world.program("grading")));
    await Promise.all(gradings.map(add));
    const marked = () => registry.participants().filter(({ mark }) => mark !== null);
    const withheld = () => registry.participants().filter((each) => each.withheld);
    for (const grading of gradings.slice(0, 5)) ail(grading);
    await until(() => marked().length + withheld().length === 5);
    for (let round = 0; round < 20; round++) {
      expect(marked()).toHaveLength(2);
      await gradings[6]?.until(({ heartbeats }) => heartbeats > round);
    }
    const warned = world.said.filter(({ level, message }) => level === "warn" && message.includes("not marked down"));
    expect(warned).toHaveLength(3);
    const well = gradings.find(({ url }) => url === marked()[0]?.url) as PlainProgram;
    const before = new Set(marked().map(({ url }) => url));
    well.onHeartbeat = undefined;
    await until(() => marked().length === 2 && marked().some(({ url }) => !before.has(url)));
    await until(() => withheld().length === 2);
  });

  it("REG-3.6 is marked even where it is the only one of its service", async () => {
    const world = new World();
    const { add, registry } = await world.registry({ heartbeat });
    const grading = await world.program("grading");
    await add(grading);
    ail(grading);
    await until(() => registry.participants()[0]?.mark !== null);
    expect(registry.participants()[0]?.withheld).toBe(false);
  });

  it("keeps what others say of it: a mark of another is not taken away", async () => {
    const world = new World();
    const { add, registry } = await world.registry({ heartbeat });
    const [grading, portal] = await Promise.all([world.program("grading"), world.program("portal", ["grading"])]);
    await add(grading);
    await add(portal);
    await until(() => registry.participants().length === 2);
    const { id = "" } = registry.participants()[0] ?? {};
    await setOverride(await world.coordination(), "default", "grading", id, {
      mark: { by: "ada", why: "maintenance" },
    });
    await until(() => registry.participants()[0]?.mark?.by === "ada");
    await grading.until(({ heartbeats }) => heartbeats > 4);
    expect(registry.participants()[0]?.mark).toMatchObject({ by: "ada", at: "", why: "maintenance" });
    await portal.until(({ view }) => view.size === 0);
  });

  it("REG-3.7 delays nobody: the others are asked on time", async () => {
    const world = new World();
    const slow = { intervalMs: 200, tries: 3, retryAfterMs: 60_000, timeoutMs: 60_000 };
    const { add } = await world.registry({ heartbeat: slow });
    const hanging = await Promise.all(Array.from({ length: 10 }, () => world.program("slow")));
    for (const program of hanging) program.onHeartbeat = () => {};
    const well = await Promise.all(Array.from({ length: 10 }, () => world.program("grading")));
    await Promise.all([...hanging, ...well].map(add));
    await Promise.all(hanging.map((program) => program.until(({ heartbeats }) => heartbeats === 1)));
    await Promise.all(well.map((program) => program.until(({ heartbeats }) => heartbeats >= 4)));
    for (const { heartbeats } of hanging) expect(heartbeats).toBe(1);
  });

  it("is cared for by the next registry: its mark stays, and goes when it answers", async () => {
    const world = new World();
    await world.coordination();
    const first = await world.registry({ heartbeat });
    const grading = await world.program("grading");
    await first.add(grading);
    ail(grading);
    await until(() => first.registry.participants()[0]?.mark !== null);
    await first.application.close();
    const second = await world.registry({ heartbeat });
    expect(second.registry.participants()[0]?.mark).toMatchObject({ by: "registry" });
    grading.onHeartbeat = undefined;
    await until(() => second.registry.participants()[0]?.mark === null);
  });

  it("is sent at once what it missed, when it answers again", async () => {
    const world = new World();
    const push = { timeoutMs: 60_000, retryMs: { firstMs: 600_000, mostMs: 600_000 } };
    const { add, registry } = await world.registry({ heartbeat, push });
    const [grading, portal] = await Promise.all([world.program("grading"), world.program("portal", ["grading"])]);
    await add(portal);
    await portal.patched(1);
    await until(() => registry.participants()[0]?.patches?.state === "idle");
    await portal.stop();
    await add(grading);
    await until(() => registry.participants()[1]?.mark !== null);
    await until(() => registry.participants()[1]?.patches?.state === "resting");
    expect(registry.participants()[1]?.patches).toMatchObject({ failures: 1 });
    await portal.listen();
    await portal.patched(2);
    expect(portal.patches[1]).toEqual({ Added: [{ Name: "grading", URL: grading.url }], Removed: [] });
  });
});
