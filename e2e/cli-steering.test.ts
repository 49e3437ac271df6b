import { describe, expect, it } from "vitest";
import type { Program } from "./support/program.js";
import { Sky } from "./support/sky.js";
import { until } from "./support/until.js";
import { type ParticipantReady, World } from "./support/world.js";

type Office = Program<ParticipantReady>;

interface Listed {
  readonly instances: readonly Readonly<Record<string, unknown>>[];
}

interface Status {
  readonly name: string;
  readonly status: string;
}

describe("sky, steering", () => {
  it("DISC-2.2 OPS-1.3 takes an instance out of rotation and puts it back; what it runs, it finishes", async () => {
    await using world = new World();
    const sky = new Sky(world.home);
    const office: Office = await world.start("office");
    const id = office.ready.instance;
    await using events = sky.watch("notes");
    await events.next(({ kind }) => kind === "watching");
    const held = sky.run("call", "notes.held", "--timeout", "1m");
    await until("the call runs", 10_000, async () => (await office.ask("heldCalls")) === 1 || "it does not");

    const out = await sky.json<Listed>("unregister", id, "--service", "notes");
    expect(out.instances).toMatchObject([
      { id, service: "notes", state: "outOfRotation", override: { registered: false } },
    ]);
    expect(await events.next(() => true)).toMatchObject({ kind: "outOfRotation", instance: { id, service: "notes" } });
    expect((await sky.run("call", "notes.echo")).exitCode).toBe(3);
    expect(await sky.json("call", "grading.whoServes")).toEqual({ result: id });
    await until("the process knows", 5000, async () => {
      const statuses = await office.ask<Status[]>("status");
      return (
        statuses.some(({ name, status }) => name === "notes" && status === "unregistered") || JSON.stringify(statuses)
      );
    });
    await office.ask("release");
    expect(await held).toEqual({ exitCode: 0, out: '"held to the end"\n', err: "" });

    const back = await sky.json<Listed>("register", id, "--service", "notes");
    expect(back.instances).toMatchObject([{ id, service: "notes", state: "inRotation", override: null }]);
    expect(await events.next(() => true)).toMatchObject({ kind: "inRotation", instance: { id } });
    expect(await sky.json("call", "notes.echo", "1")).toEqual({ result: [1] });
    expect(await events.interrupt()).toBe(0);
  });

  it("DISC-2.1 registers all services of an instance that began unregistered", async () => {
    await using world = new World();
    const sky = new Sky(world.home);
    const office: Office = await world.start("office", { args: ["--idle"] });
    expect((await sky.run("call", "grading.students")).exitCode).toBe(3);
    expect(await sky.out("register", office.ready.instance)).toMatch(/^"grading" on .*\n"notes" on .* in rotation\n$/);
    expect(await sky.json("call", "grading.whoServes")).toEqual({ result: office.ready.instance });
    expect(await sky.json("call", "notes.echo")).toEqual({ result: [] });
  });

  it("LOAD-7.4 drains an instance: what runs is finished, the receipts are printed, and it is gone", async () => {
    await using world = new World();
    const sky = new Sky(world.home);
    await world.start("office");
    const leaving: Office = await world.start("office");
    const id = leaving.ready.instance;
    await using events = sky.watch();
    await events.next(({ kind }) => kind === "watching");
    const held = sky.run("call", "notes.held", "--instance", id, "--timeout", "1m");
    await until("the call runs", 10_000, async () => (await leaving.ask("heldCalls")) === 1 || "it does not");
    const drained = sky.json<{ instance: string; receipts: Record<string, unknown>[] }>("drain", id);
    await events.next(({ kind, instance }) => kind === "leaving" && instance?.id === id);
    await leaving.ask("release");
    expect(await held).toMatchObject({ exitCode: 0, out: '"held to the end"\n' });
    const { instance, receipts } = await drained;
    expect(instance).toBe(id);
    expect(receipts.map(({ services }) => services)).toEqual([["grading"], ["notes"]]);
    const counted = {
      told: expect.any(Number),
      finished: expect.any(Number),
      tookMs: expect.any(Number),
      abandoned: 0,
    };
    expect(receipts).toMatchObject([counted, counted]);
    await until("the process has printed both receipts", 10_000, () => {
      return leaving.output.match(/drain receipt: "\w+" left in/g)?.length === 2 || leaving.output;
    });
    expect(await events.next(({ kind }) => kind === "left")).toMatchObject({ instance: { id }, orderly: true });
    await until("it is listed no more", 10_000, async () => {
      const { instances } = await sky.json<Listed>("instances");
      return instances.every((each) => each["id"] !== id) || JSON.stringify(instances);
    });
    expect(await sky.out("call", "grading.whoServes")).not.toContain(id);
  });

  it("watches who joins and who dies, also while the store changes hands", async () => {
    await using world = new World({ SKYLARK_SESSION_TTL_MS: "3000" });
    const sky = new Sky(world.home);
    const first: Office = await world.start("office");
    await using events = sky.watch("grading");
    const begun = await events.next(({ kind }) => kind === "watching");
    expect(begun.instances?.map(({ id }) => id)).toEqual([first.ready.instance]);
    const second: Office = await world.start("office");
    const joined = await events.next(
      ({ kind, instance }) => kind === "joined" && instance?.id === second.ready.instance,
    );
    expect(joined).toMatchObject({
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      instance: { state: "inRotation" },
    });
    await first.kill(); // it hosted the store
    await events.next(({ kind }) => kind === "storeAway");
    await events.next(({ kind }) => kind === "storeBack");
    const left = await events.next(({ kind, instance }) => kind === "left" && instance?.id === first.ready.instance);
    expect(left).toMatchObject({ orderly: false });
    expect(await events.interrupt()).toBe(0);
  });

  it("ends a watch after the time that was asked for", async () => {
    await using world = new World();
    await world.start("office");
    const { exitCode, out, err } = await new Sky(world.home).run("watch", "--for", "6s");
    expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: "", err: "watching 2 instances; Ctrl-C ends it\n" });
  });

  it("gives up on a store that does not answer", async () => {
    await using world = new World();
    const office: Office = await world.start("office");
    office.freeze();
    const { exitCode, out, err } = await new Sky(world.home).run("services", "--json", "--timeout", "2s");
    office.thaw();
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(JSON.parse(err)).toMatchObject({
      error: { code: "unavailable", message: expect.stringContaining("did not answer") },
    });
  });

  it("says that nothing is running where nothing is, and does not become the host", async () => {
    await using world = new World();
    const sky = new Sky(world.home);
    const { exitCode, out, err } = await sky.run("services");
    expect({ exitCode, out }).toEqual({ exitCode: 3, out: "" });
    expect(err).toBe(
      `sky: unavailable: nothing is running here: no process hosts the store in ${world.home}. Start a service first, or set SKYLARK_HOME to where it runs\n`,
    );
  });
});
