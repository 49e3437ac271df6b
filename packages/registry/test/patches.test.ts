import { describe, expect, it } from "vitest";
import type { PlainProgram } from "./plain-program.js";
import { until, World } from "./world.js";

/** Short, so that a test does not wait; the schedule itself is tested with a clock of its own. */
const heartbeat = { intervalMs: 100, tries: 3, retryAfterMs: 20, timeoutMs: 10_000 };
const push = { timeoutMs: 60_000, retryMs: { firstMs: 20, mostMs: 100 } };

function one({ name, url }: PlainProgram): object {
  return { Name: name, URL: url };
}

describe("patches", () => {
  it("REG-2.3 REG-HTTP-10 REG-HTTP-11 a newcomer gets one with all that it requires, each dependant one with the newcomer, nobody else any", async () => {
    const world = new World();
    const { add } = await world.registry();
    const [log, grading, second, portal, reporter] = await Promise.all([
      world.program("log", null),
      world.program("grading", ["log"]),
      world.program("grading"),
      world.program("portal", ["log", "grading"]),
      world.program("reporter", ["grading"]),
    ]);
    await add(log);
    await add(grading);
    await grading.patched(1);
    await add(portal);
    await portal.patched(1);
    await add(reporter);
    await reporter.patched(1);
    await add(second);
    await Promise.all([portal.patched(2), reporter.patched(2)]);
    expect(log.patches).toEqual([]);
    expect(second.patches).toEqual([]);
    expect(grading.patches).toEqual([{ Added: [one(log)], Removed: [] }]);
    expect(portal.patches).toEqual([
      { Added: [one(log), one(grading)], Removed: [] },
      { Added: [one(second)], Removed: [] },
    ]);
    expect(reporter.patches).toEqual([
      { Added: [one(grading)], Removed: [] },
      { Added: [one(second)], Removed: [] },
    ]);
  });

  it("REG-2.3 REG-HTTP-8 a newcomer gets one also where nobody offers what it requires: its lists are [], never null", async () => {
    const world = new World();
    const { add } = await world.registry();
    const portal = await world.program("portal", ["nowhere"]);
    await add(portal);
    await portal.patched(1);
    expect(portal.patches).toEqual([{ Added: [], Removed: [] }]);
  });

  it("REG-2.2 dependants are told of who is taken out, and who is taken out of nothing more", async () => {
    const world = new World();
    const registry = await world.registry();
    const [grading, portal] = await Promise.all([
      world.program("grading", ["portal"]),
      world.program("portal", ["grading"]),
    ]);
    await registry.add(grading);
    await grading.patched(1); // else the one with the portal in it could be the first
    await registry.add(portal);
    await portal.patched(1);
    await grading.patched(2);
    expect((await registry.delete(grading.url)).status).toBe(200);
    await portal.patched(2);
    expect(portal.patches[1]).toEqual({ Added: [], Removed: [one(grading)] });
    expect((await registry.delete(portal.url)).status).toBe(200);
    expect(await world.listed()).not.toContain(`portal ${portal.url}`);
    expect(grading.patches).toHaveLength(2);
  });

  it("REG-HTTP-11 a participant is told of others of its own service, and not of itself", async () => {
    const world = new World();
    const { add } = await world.registry();
    const [one1, other] = await Promise.all([
      world.program("grading", ["grading"]),
      world.program("grading", ["grading"]),
    ]);
    await add(one1);
    await one1.patched(1);
    await add(other);
    await Promise.all([one1.patched(2), other.patched(1)]);
    expect([...one1.view]).toEqual([`grading ${other.url}`]);
    expect([...other.view]).toEqual([`grading ${one1.url}`]);
  });

  it("HTTP participants and Skylark services see each other", async () => {
    const world = new World();
    const { add } = await world.registry();
    const portal = await world.program("portal", ["grading"]);
    const grading = await world.native("grading", "http://127.0.0.1:41001");
    await world.native("grading", "http://127.0.0.1:41002");
    await add(portal);
    await portal.until(({ view }) => view.size === 2);
    expect([...portal.view]).toEqual(["grading http://127.0.0.1:41001", "grading http://127.0.0.1:41002"]);
    await grading.update({ registered: false });
    await portal.until(({ view }) => view.size === 1);
    await grading.update({ registered: true });
    await portal.until(({ view }) => view.size === 2);
    await grading.leave();
    await portal.until(({ view }) => view.size === 1);
    expect([...portal.view]).toEqual(["grading http://127.0.0.1:41002"]);
    expect(await world.listed()).toContain(`portal ${portal.url}`);
  });

  it("REG-2.4 REG-HTTP-13 are sent again until they are taken, and the one that is names everything", async () => {
    const world = new World();
    const { add } = await world.registry({ push, heartbeat: { ...heartbeat, intervalMs: 5000 } });
    const [grading, second, portal] = await Promise.all([
      world.program("grading"),
      world.program("grading"),
      world.program("portal", ["grading"]),
    ]);
    await add(grading);
    await add(portal);
    await portal.patched(1);
    let refused = 0;
    portal.onPatch = (_request, response) => {
      refused++;
      if (refused % 3 === 0) response.destroy();
      else response.writeHead(refused % 3 === 1 ? 500 : 302, { location: `${portal.url}/elsewhere` }).end();
    };
    await add(second);
    await portal.until(() => refused >= 5);
    portal.onPatch = undefined;
    await portal.patched(2);
    expect(portal.patches[1]?.Removed).toEqual([]);
    expect(new Set(portal.patches[1]?.Added.map(({ URL }) => URL))).toEqual(new Set([grading.url, second.url]));
    await add(await world.program("other"));
    expect(portal.patches).toHaveLength(2);
  });

  it("REG-HTTP-14 reach everybody else while one participant takes none", async () => {
    const world = new World();
    const { add } = await world.registry({ push, heartbeat: { ...heartbeat, intervalMs: 60_000 } });
    const [stuck, portal] = await Promise.all([
      world.program("portal", ["grading"]),
      world.program("portal", ["grading"]),
    ]);
    let hanging = 0;
    stuck.onPatch = () => void hanging++;
    await add(stuck);
    await stuck.until(() => hanging === 1);
    await add(portal);
    await portal.patched(1);
    const gradings = await Promise.all(Array.from({ length: 5 }, () => world.program("grading")));
    for (const grading of gradings) {
      const before = portal.patches.length;
      await add(grading);
      await portal.patched(before + 1);
    }
    expect(portal.view.size).toBe(5);
    expect(hanging).toBe(1);
  });

  it("are owed to nobody once the registry has closed; the next registry sends only what changed meanwhile", async () => {
    const world = new World();
    await world.coordination();
    const first = await world.registry();
    const [grading, portal, reporter] = await Promise.all([
      world.program("grading"),
      world.program("portal", ["grading"]),
      world.program("reporter", ["log"]),
    ]);
    for (const program of [grading, portal, reporter]) await first.add(program);
    await Promise.all([portal.patched(1), reporter.patched(1)]);
    await until(() => first.registry.participants().every(({ patches }) => !patches || patches.state === "idle"));
    await first.registry.close();
    const native = await world.native("grading", "http://127.0.0.1:41001");
    const second = await world.registry();
    await portal.patched(2);
    expect(portal.patches[1]).toEqual({ Added: [{ Name: "grading", URL: "http://127.0.0.1:41001" }], Removed: [] });
    await native.leave();
    await portal.patched(3);
    await until(() => second.registry.participants()[2]?.patches?.state === "idle");
    expect(reporter.patches).toHaveLength(1);
    expect(second.registry.participants().map(({ service, patches }) => [service, patches?.state])).toEqual([
      ["grading", undefined],
      ["portal", expect.stringMatching(/idle|writing|sending/)],
      ["reporter", "idle"],
    ]);
  });
});
