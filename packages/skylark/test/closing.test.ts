import { connect, serve } from "skylark";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "./world.js";

const greeter = { greet: async () => "hello" };

/** What nobody handled, as the runner itself would only report at the end. */
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => void process.on("unhandledRejection", note));
afterAll(() => {
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

const closing = { code: "failed_precondition", notExecuted: true };

describe("an application that is closed", () => {
  it("before it opened anything, is closed at once", async () => {
    const world = new World();
    expect(await world.application().close()).toEqual([]);
    expect(world.said).toEqual([]);
  });

  it("refuses what comes afterwards, and says why", async () => {
    const application = new World().application({ name: "portal" });
    await application.close();
    const closed = { ...closing, message: 'the application "portal" has closed: it serves and calls no more' };
    await expect(application.coordination()).rejects.toMatchObject(closed);
    await expect(serve("greeter", greeter, { application })).rejects.toMatchObject(closed);
    await expect(connect("greeter", { application })).rejects.toMatchObject(closed);
  });

  it.each(["at once", "a turn later", "when the store has opened"])(
    "%s, while it begins to serve and to call, lets neither go on",
    async (when) => {
      const world = new World();
      const application = world.application();
      const stages: string[] = [];
      const lifecycle = {
        started: () => void stages.push("started"),
        registered: () => void stages.push("registered"),
        stopped: () => void stages.push("stopped"),
      };
      const serving = serve("greeter", greeter, { application, lifecycle, requires: ["log"] });
      const connecting = connect<typeof greeter>("log", { application, readyWithinMs: 60_000 });
      const outcomes = Promise.allSettled([serving, connecting]);
      if (when === "a turn later") await new Promise((resolve) => setImmediate(resolve));
      if (when === "when the store has opened") await application.coordination();
      await application.close();
      const [served, connected] = await outcomes;
      expect(connected.status).toBe("rejected");
      if (served.status === "fulfilled") expect(served.value.status).toBe("stopped");
      expect(stages.length === 0 || stages.at(-1) === "stopped", stages.join()).toBe(true);
      expect(application.served).toEqual([]);
    },
  );

  it("while a service is starting, waits until that has left again", async () => {
    const world = new World();
    const application = world.application();
    const stages: string[] = [];
    let closed: Promise<unknown> | undefined;
    const lifecycle = {
      started: () => {
        stages.push("started");
        closed = application.close().then(() => stages.push("closed"));
      },
      registered: () => void stages.push("registered"),
      unregistered: () => void stages.push("unregistered"),
      stopped: () => void stages.push("stopped"),
    };
    await expect(serve("greeter", greeter, { application, lifecycle })).rejects.toMatchObject({
      code: "cancelled",
      message: '"greeter" was stopped before it was registered',
    });
    await closed;
    expect(stages).toEqual(["started", "stopped", "closed"]);
    expect(world.complaints()).toEqual([]);
  });

  it("ends the calls that wait for an instance, and those it made of itself", async () => {
    const world = new World();
    const application = world.application();
    const client = await connect<typeof greeter>("greeter", { application, timeoutMs: 600_000 });
    const waiting = client.greet().catch((thrown: unknown) => thrown);
    await application.close();
    expect(await waiting).toMatchObject({ code: "cancelled", notExecuted: true });
    await expect(client.greet()).rejects.toMatchObject({ code: "cancelled", notExecuted: true });
    expect(() => client.with({ region: "eu" })).toThrow(expect.objectContaining(closing));
  });

  it("is closed by `await using` too", async () => {
    const world = new World();
    let application: ReturnType<World["application"]>;
    {
      await using own = world.application();
      application = own;
      await serve("greeter", greeter, { application: own });
    }
    expect(application.served).toEqual([]);
    await expect(application.coordination()).rejects.toMatchObject(closing);
  });
});

describe("a start that fails", () => {
  it("leaves nothing behind, and can be tried again", async () => {
    const world = new World();
    const witness = await world.application().coordination();
    const application = world.application();
    const tooMany = Array.from({ length: 300 }, (_, index) => `service-${index}`);
    const failing = serve("greeter", greeter, { application, requires: tooMany });
    await expect(failing).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("requires"),
    });
    for (const kind of ["services", "consumers"]) {
      expect(await witness.children(`/skylark/default/${kind}`, { fresh: true }), kind).toEqual([]);
    }
    const served = await serve("greeter", greeter, { application, requires: ["log"] });
    expect(served.status).toBe("registered");
  });

  it("for want of a place to look for the store, is told at once, and can be tried again", async () => {
    const world = new World();
    const application = world.application({ settings: { coordination: "etcd://127.0.0.1:none", host: "0.0.0.0" } });
    for (const attempt of ["first", "second"]) {
      const refused = { code: "invalid_argument", message: expect.stringContaining("127.0.0.1:none") };
      await expect(serve("greeter", greeter, { application }), attempt).rejects.toMatchObject(refused);
      await expect(connect("greeter", { application }), attempt).rejects.toMatchObject(refused);
    }
  });
});

describe("what a process requires", () => {
  it("DISC-4.3 is listed once, however many of its parts need it, and goes with the last of them", async () => {
    const world = new World();
    const store = await world.application().coordination();
    const listed = async () => (await store.list("/skylark/default/consumers/log", { fresh: true })).length;
    const application = world.application({ name: "campus" });
    const one = await serve("one", greeter, { application, requires: ["log", "log"] });
    const two = await serve("two", greeter, { application, requires: ["log"] });
    await connect("log", { application });
    await connect("log", { application });
    expect(await listed()).toBe(1);
    expect((await store.list("/skylark/default/consumers/log"))[0]?.value).toMatchObject({
      id: application.instance,
      name: "campus",
      pid: process.pid,
    });
    await one.stop();
    await two.stop();
    expect(await listed()).toBe(1);
    await application.close();
    expect(await listed()).toBe(0);
    expect(world.complaints("debug", "warn", "error")).toEqual([]);
  });

  it("can be needed again at the very moment it is needed no more", async () => {
    const world = new World();
    const store = await world.application().coordination();
    const application = world.application();
    let served = await serve("first", greeter, { application, requires: ["log"] });
    for (let round = 0; round < 10; round++) {
      const stopped = served.stop();
      const again = serve(`again-${round}`, greeter, { application, requires: ["log"] });
      await stopped;
      served = await again;
      expect(await store.list("/skylark/default/consumers/log", { fresh: true })).toHaveLength(1);
    }
    expect(world.complaints()).toEqual([]);
  });
});
