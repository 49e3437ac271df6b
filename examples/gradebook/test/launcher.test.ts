import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, vi } from "vitest";
import { Ground, isAlive, pidsIn } from "./running-process.js";

const opened = /gradebook is open: (http:\S+)\/students/;

it("starts all parts, and ends them in reverse on Ctrl-C: a receipt each, the store last, nothing left behind", async () => {
  await using ground = new Ground();
  const launcher = ground.launch();
  const [, url] = await launcher.says(opened);
  expect((await fetch(`${url}/students`)).status).toBe(200);
  const pids = pidsIn(launcher.output);
  expect(pids).toHaveLength(3);
  launcher.child.kill("SIGINT");
  expect(await launcher.ended).toBe(0);
  const order = ["portal", "grading-2", "grading-1"].map((name) => {
    const receipt = new RegExp(`^${name} +│ .*drain receipt: .*$`, "m").exec(launcher.output);
    expect(receipt, `the receipt of ${name}`).not.toBeNull();
    return receipt?.index ?? 0;
  });
  const last = launcher.output.indexOf("everything has ended, the store last");
  expect([...order, last]).toEqual([...order, last].toSorted((a, b) => a - b));
  // LOAD-7.6 and COORD-5.1: no part had to take the store over, and every call had ended
  expect(launcher.output.match(/hosts the embedded store/g)).toHaveLength(1);
  expect(launcher.output).toMatch(/^gradebook .*hosts the embedded store/m);
  expect(launcher.output).not.toMatch(/[1-9]\d* abandoned/);
  expect(pids.filter(isAlive)).toEqual([]);
});

it("starts a part again that is killed, and the pages go on meanwhile", async () => {
  await using ground = new Ground();
  const launcher = ground.launch();
  const [, url] = await launcher.says(opened);
  const [firstGrading] = pidsIn(launcher.output) as [number];
  process.kill(firstGrading, "SIGKILL");
  for (let visit = 0; visit < 20; visit++) expect((await fetch(`${url}/students`)).status).toBe(200);
  await launcher.says(/grading-1 ended by SIGKILL; it is started again/);
  await launcher.says(/grading-1 is back/);
  expect((await fetch(`${url}/students`)).status).toBe(200);
  launcher.child.kill("SIGTERM");
  expect(await launcher.ended).toBe(0);
  expect(pidsIn(launcher.output).filter(isAlive)).toEqual([]);
});

it("leaves no orphan when it is killed itself: the parts notice, and leave", async () => {
  await using ground = new Ground();
  const launcher = ground.launch();
  await launcher.says(opened);
  const pids = pidsIn(launcher.output);
  await launcher.kill("SIGKILL");
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 60_000, interval: 50 });
});

it("does not wait for a part that hangs when it is asked twice", async () => {
  await using ground = new Ground();
  const launcher = ground.launch();
  await launcher.says(opened);
  const pids = pidsIn(launcher.output);
  const portal = pids.at(-1) as number;
  process.kill(portal, "SIGSTOP");
  launcher.child.kill("SIGINT");
  await launcher.says(/portal is asked to leave/);
  launcher.child.kill("SIGINT");
  expect(await launcher.ended).toBe(130);
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 60_000, interval: 50 });
});

it("names a port that is taken, says what to set, and leaves nothing behind", async () => {
  await using ground = new Ground();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  try {
    const launcher = ground.launch({ PORTAL_PORT: String(port) });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output).toMatch(new RegExp(`port ${port} of 127.0.0.1 is taken.*PORTAL_PORT=${port + 1}`));
    expect(pidsIn(launcher.output).filter(isAlive)).toEqual([]);
  } finally {
    other.close();
  }
});
