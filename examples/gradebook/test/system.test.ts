import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { Ground, isAlive, pidsIn } from "./running-process.js";

/** What the bar allows, from the install to everything being ready. */
const readyWithinMs = process.env["SKYLARK_FULL"] === "1" ? 60_000 : 180_000;

const opened = /gradebook is open: (http:\S+)\/students/;

it("DEMO-1.1 starts all parts, and ends them in reverse on Ctrl-C: a receipt each, the store last, nothing left behind", async () => {
  await using ground = new Ground();
  const startedAt = performance.now();
  const launcher = ground.launch();
  const [, url] = await launcher.says(opened);
  const readyMs = Math.round(performance.now() - startedAt);
  process.stdout.write(`[the whole gradebook] ready after ${readyMs} ms\n`);
  expect(readyMs).toBeLessThan(readyWithinMs);
  expect((await fetch(`${url}/students`)).status).toBe(200);
  await launcher.says(/^reporter +│ .*Dana –/m);
  const pids = pidsIn(launcher.output);
  expect(pids).toHaveLength(5);
  launcher.child.kill("SIGINT");
  expect(await launcher.ended).toBe(0);
  const order = ["reporter has left", "portal has left", "grading has left", "log has left", "the store last"].map(
    (words) => {
      expect(launcher.output).toContain(words);
      return launcher.output.indexOf(words);
    },
  );
  for (const [before, after] of [
    [1, 2],
    [2, 3],
    [0, 2],
    [3, 4],
  ] as const)
    expect(order[before]).toBeLessThan(order[after] ?? 0);
  for (const name of ["registry", "log", "grading"]) {
    expect(launcher.output).toMatch(new RegExp(`^${name} +│ .*drain receipt: `, "m"));
  }
  // LOAD-7.6 and COORD-5.1: no part had to take the store over, and every call had ended
  expect(launcher.output.match(/hosts the embedded store/g)).toHaveLength(1);
  expect(launcher.output).toMatch(/^gradebook .*hosts the embedded store/m);
  expect(launcher.output).not.toMatch(/[1-9]\d* abandoned/);
  expect(pids.filter(isAlive)).toEqual([]);
});

it.each(["REGISTRY_PORT", "LOG_PORT", "GRADING_PORT", "PORTAL_PORT"])(
  "names a port that is taken, says that %s is what to set, and leaves nothing behind",
  async (setting) => {
    await using ground = new Ground();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const launcher = ground.launch({ [setting]: String(port) });
      expect(await launcher.ended).toBe(1);
      expect(launcher.output).toMatch(new RegExp(`port ${port} .*is taken.*${setting}=${port + 1}`));
      expect(pidsIn(launcher.output)).toEqual([]);
    } finally {
      other.close();
    }
  },
);
