import { type Application, type ConnectOptions, connect, type SkylarkError, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { World } from "./world.js";

interface Greeter {
  greet(): Promise<string>;
}

function serveGreeter(application: Application, own: { version?: string; register?: boolean } = {}) {
  return serve("greeter", { greet: async () => `from ${own.version ?? "somebody"}` }, { ...own, application });
}

async function greeter(application: Application, options: ConnectOptions = {}) {
  return await connect<Greeter>("greeter", { ...options, application });
}

async function failure(work: Promise<unknown>): Promise<SkylarkError> {
  return await work.then(
    () => {
      throw new Error("it should have failed");
    },
    (thrown: unknown) => thrown as SkylarkError,
  );
}

describe("a consumer that is there before its provider", () => {
  it("DISC-6.1 starts, and DISC-6.2 its calls wait for an instance to come", async () => {
    const world = new World();
    const client = await greeter(world.application());
    const early = [client.greet(), client.greet()];
    await serveGreeter(world.application());
    expect(await Promise.all(early)).toEqual(["from somebody", "from somebody"]);
  });

  it("DISC-6.2 waits no longer than a call may take, and is told what was missing", async () => {
    const world = new World();
    const client = await greeter(world.application()); // the store has been heard: connecting is given its own time
    const error = await failure(client.with({ timeoutMs: 30 }).greet());
    expect(error).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE", notExecuted: true });
    expect(error.message).toMatch(
      /^no instance of "greeter" can be called: no instance of "greeter": nobody offers it, registry heard \w/,
    );
  });

  it("DISC-6.3 DISC-6.4 fails at once where it would rather not wait", async () => {
    const world = new World();
    const application = world.application();
    const impatient = await greeter(application, { wait: false, timeoutMs: 600_000 });
    expect(await failure(impatient.greet())).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE" });
    const patient = await greeter(application, { timeoutMs: 600_000 });
    expect(await failure(patient.with({ wait: false }).greet())).toMatchObject({ reason: "NO_INSTANCE" });
  });

  it("DISC-6.2 can have connect itself wait for the first instance", async () => {
    const world = new World();
    const application = world.application();
    const error = await failure(greeter(application, { readyWithinMs: 30 }));
    expect(error).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE" });
    const waiting = greeter(application, { readyWithinMs: 60_000 });
    await serveGreeter(world.application());
    expect(await (await waiting).with({ wait: false }).greet()).toBe("from somebody");
  });
});

describe("a consumer that comes after its provider", () => {
  it("DISC-6.3 finds it although it would rather not wait: connect has heard the store first", async () => {
    const world = new World();
    await serveGreeter(world.application());
    for (let consumer = 0; consumer < 5; consumer++) {
      const impatient = await greeter(world.application(), { wait: false });
      expect(await impatient.greet()).toBe("from somebody");
    }
  });
});

describe("DISC-1.5 when no instance fits, the error says", () => {
  it("which versions there are", async () => {
    const world = new World();
    await serveGreeter(world.application(), { version: "1.2.0" });
    const { message } = await failure((await greeter(world.application(), { version: "^2", wait: false })).greet());
    expect(message).toContain('no instance of "greeter" ^2: 1 of version 1.2.0 (set version: "any")');
  });

  it("where else there are some", async () => {
    const world = new World();
    await serveGreeter(world.application({ settings: { region: "us" } }));
    const { message } = await failure((await greeter(world.application(), { region: "eu", wait: false })).greet());
    expect(message).toContain('no instance of "greeter" in region "eu": 1 in "us" (set region: "any")');
  });

  it("that there is one, but out of rotation", async () => {
    const world = new World();
    await serveGreeter(world.application(), { register: false });
    const { message } = await failure((await greeter(world.application(), { wait: false })).greet());
    expect(message).toContain("1 unregistered (put into rotation by");
  });

  it("that one is known which nobody can reach", async () => {
    const world = new World();
    const provider = world.application({ settings: { advertise: "127.0.0.1:1" } });
    await serveGreeter(provider);
    const { message } = await failure((await greeter(world.application(), { timeoutMs: 4000 })).greet());
    expect(message).toContain("1 known, none connected (nobody answers on tcp://127.0.0.1:1");
  });
});

describe("what can be no service's name", () => {
  it("is refused where it is called, and where it is served", async () => {
    const world = new World();
    const application = world.application();
    const misnamed = {
      code: "invalid_argument",
      message: expect.stringContaining('"grade book" cannot name a service'),
    };
    await expect(connect("grade book", { application })).rejects.toMatchObject(misnamed);
    await expect(serve("grade book", { a: async () => 1 }, { application })).rejects.toMatchObject(misnamed);
    const requires = ["log", "grade book"];
    await expect(serve("a", { a: async () => 1 }, { application, requires })).rejects.toMatchObject(misnamed);
    // and nothing of it stays
    await serve("a", { a: async () => 1 }, { application });
    expect(application.served.map(({ name }) => name)).toEqual(["a"]);
  });
});
