import { connect } from "skylark";
import { Grading } from "skylark-gradebook/grading";
import { expect, it, vi } from "vitest";
import { Ground } from "./running-process.js";

it("two instances of grading agree on every grade, also on those added at once", async () => {
  await using ground = new Ground();
  await Promise.all([ground.part("grading"), ground.part("grading")]);
  const grading = await connect(Grading, {
    application: ground.application("roundRobin"),
    timeoutMs: 30_000,
    readyWithinMs: 30_000,
  });
  const ids = Array.from({ length: 40 }, (_, index) => `added-at-once-${index}`);
  const given = { subject: "Sums", kind: "Quiz" as const, score: 50 };
  await Promise.all(ids.map((id) => grading.addGrade({ studentId: 4, grade: { id, ...given } })));
  for (let read = 0; read < 4; read++) {
    const { grades } = await grading.student({ id: 4 });
    expect(grades.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  }
});

it("DEMO-2.1 with one of two instances killed the pages go on", async () => {
  await using ground = new Ground();
  const [first, second] = await Promise.all([ground.part("grading"), ground.part("grading")]);
  const { address } = await ground.part("portal");
  for (const victim of [first, second]) {
    await victim.kill();
    for (let visit = 0; visit < 20; visit++) expect((await fetch(`${address}/students`)).status).toBe(200);
    await ground.part("grading");
  }
  expect((await fetch(`${address}/students`)).status).toBe(200);
});

it("DEMO-2.2 with grading gone the page says so, keeps what was typed, and recovers by itself", async () => {
  await using ground = new Ground();
  // DISC-6.1: before its provider
  const { address } = await ground.part("portal", { PORTAL_GRADING_TIMEOUT_MS: "1000" });
  const away = await fetch(`${address}/students`);
  expect([away.status, away.headers.get("retry-after")]).toEqual([503, "5"]);
  const text = await away.text();
  expect(text).toContain("Grading is away");
  expect(text).toContain('http-equiv="refresh"');

  const id = "typed-while-away";
  const form = new URLSearchParams({ id, subject: "Poems", kind: "Exam", score: "90", comment: "kept" });
  const send = (): Promise<Response> =>
    fetch(`${address}/students/4`, { method: "POST", body: form, redirect: "manual" });
  const unsaved = await send();
  expect(unsaved.status).toBe(503);
  const kept = await unsaved.text();
  expect(kept).toContain("The grade was not saved.");
  expect(kept).toContain(`name="id" value="${id}"`);
  expect(kept).toContain('value="Poems"');
  expect(kept).not.toContain('http-equiv="refresh"'); // a reload by itself would lose what was typed

  const grading = await ground.part("grading");
  await until(async () => expect((await send()).status).toBe(303));
  await until(async () => expect(await pageOf(`${address}/students/4`)).toContain("Poems"));

  await grading.kill();
  expect((await fetch(`${address}/students`)).status).toBe(503);
  await ground.part("grading");
  // the store kept it while no instance lived
  await until(async () => expect(await pageOf(`${address}/students/4`)).toContain("Poems"));
});

async function pageOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** Does again, as the page itself does, what a busy machine may be slow to grant. */
async function until(holds: () => Promise<void>): Promise<void> {
  await vi.waitFor(holds, { timeout: 60_000, interval: 20 });
}

it("RPC-7.6 a grade whose instance dies under the call is added all the same, and once", async () => {
  await using ground = new Ground();
  const [first] = await Promise.all([ground.part("grading"), ground.part("grading")]);
  const grading = await connect(Grading, {
    application: ground.application("roundRobin"),
    timeoutMs: 30_000,
    readyWithinMs: 30_000,
  });
  const ids = Array.from({ length: 60 }, (_, index) => `under-a-death-${index}`);
  const given = { subject: "Sums", kind: "Quiz" as const, score: 50 };
  const waiting = [...ids];
  const add = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      if (waiting.length === 30) first.child.kill("SIGKILL");
      await grading.addGrade({ studentId: 4, grade: { id, ...given } });
    }
  };
  await Promise.all([add(), add(), add(), add()]);
  const { grades } = await grading.student({ id: 4 });
  expect(grades.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
});
