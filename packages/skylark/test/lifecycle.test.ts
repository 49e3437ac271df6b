import { setOverride } from "@skylark/discovery/internal";
import { type Application, connect, type Lifecycle, type ServeOptions, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { World } from "./world.js";

/** Writes down each callback, and lets a test wait for one. */
class Told {
  readonly calls: string[] = [];
  #wake: () => void = () => {};

  readonly lifecycle: Required<Lifecycle> = {
    started: (address) => this.#tell(`started ${address.replace(/\d+$/, "port")}`),
    registered: () => this.#tell("registered"),
    unregistered: () => this.#tell("unregistered"),
    stopped: ({ services, abandoned }) => this.#tell(`stopped ${services.join()} ${abandoned}`),
  };

  async until(count: number): Promise<void> {
    while (this.calls.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #tell(what: string): void {
    this.calls.push(what);
    this.#wake();
  }
}

const greeter = { greet: async () => "hello" };

function serveGreeter(application: Application, options: ServeOptions) {
  return serve("greeter", greeter, { ...options, application });
}

const start = "started tcp://127.0.0.1:port";

describe("DISC-2.3 the callbacks of a service", () => {
  it("are called in order, once per transition", async () => {
    const { calls, lifecycle } = new Told();
    const served = await serveGreeter(new World().application(), { lifecycle });
    expect(calls).toEqual([start, "registered"]);
    expect(served.status).toBe("registered");
    await served.register();
    await served.unregister();
    await served.unregister();
    expect(served.status).toBe("unregistered");
    await served.register();
    await served.stop();
    expect(served.status).toBe("stopped");
    expect(calls).toEqual([start, "registered", "unregistered", "registered", "unregistered", "stopped greeter 0"]);
  });

  it("DISC-2.1 follow a service that starts out of rotation", async () => {
    const { calls, lifecycle } = new Told();
    const world = new World();
    const served = await serveGreeter(world.application(), { lifecycle, register: false });
    expect(served.status).toBe("unregistered");
    const client = await connect<typeof greeter>("greeter", { application: world.application(), wait: false });
    await expect(client.greet()).rejects.toMatchObject({ reason: "NO_INSTANCE" });
    expect(calls).toEqual([start]);
    await served.register();
    expect(await client.with({ wait: true }).greet()).toBe("hello");
    await served.stop();
    expect(calls).toEqual([start, "registered", "unregistered", "stopped greeter 0"]);
  });

  it("do not speak of rotation where a service never was in it", async () => {
    const { calls, lifecycle } = new Told();
    const served = await serveGreeter(new World().application(), { lifecycle, register: false });
    await served.stop();
    expect(calls).toEqual([start, "stopped greeter 0"]);
  });

  it("DISC-2.2 follow an operator who takes it out of rotation and puts it back", async () => {
    const told = new Told();
    const world = new World();
    const served = await serveGreeter(world.application(), { lifecycle: told.lifecycle });
    const operator = await world.application().coordination();
    await setOverride(operator, "default", "greeter", served.instance, { registered: false });
    await told.until(3);
    expect(served.status).toBe("unregistered");
    await served.register(); // the operator's word counts
    expect(served.status).toBe("unregistered");
    await setOverride(operator, "default", "greeter", served.instance, { registered: undefined });
    await told.until(4);
    expect(served.status).toBe("registered");
    expect(told.calls).toEqual([start, "registered", "unregistered", "registered"]);
  });

  it("wait for each other where they take time", async () => {
    const order: string[] = [];
    const slowly = async (what: string): Promise<void> => {
      order.push(`${what} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${what} ends`);
    };
    const lifecycle: Lifecycle = {
      registered: () => slowly("registered"),
      unregistered: () => slowly("unregistered"),
      stopped: () => slowly("stopped"),
    };
    const served = await serveGreeter(new World().application(), { lifecycle });
    await served.stop();
    expect(order).toEqual(
      ["registered", "unregistered", "stopped"].flatMap((what) => [`${what} begins`, `${what} ends`]),
    );
  });

  it("DISC-2.5 may throw: that is reported and stops nothing", async () => {
    const world = new World();
    const fail = (): never => {
      throw new Error("out of order");
    };
    const later = () => Promise.reject(new Error("out of order"));
    const lifecycle = { started: fail, registered: later, unregistered: fail, stopped: later };
    const served = await serveGreeter(world.application(), { lifecycle });
    expect(served.status).toBe("registered");
    expect(await served.stop()).toMatchObject({ services: ["greeter"], abandoned: 0 });
    expect(world.complaints()).toEqual(
      Object.keys(lifecycle).map((name) => `the ${name}() callback of "greeter" failed`),
    );
    expect(world.said.filter(({ level }) => level === "error").map(({ fields }) => fields)).toEqual(
      Array.from({ length: 4 }, () => ({ why: "Error: out of order" })),
    );
  });

  it("may not end: the service leaves all the same", async () => {
    const world = new World();
    const application = world.application({ settings: { drainTimeoutMs: 20 } });
    const served = await serveGreeter(application, { lifecycle: { unregistered: () => new Promise(() => {}) } });
    await served.stop();
    expect(served.status).toBe("stopped");
    expect(world.complaints()).toEqual([
      'the callbacks of "greeter" have not ended within 20 ms: it leaves without unregistered()',
      'the callbacks of "greeter" have not ended within 20 ms: it leaves without stopped()',
    ]);
  });

  it("are no part of the call in which somebody asked for the transition", async () => {
    const seen: string[] = [];
    const application = new World().application();
    const { call } = await import("skylark");
    const desk = {
      leaveRotation: async () => {
        await served.unregister();
        return call().method;
      },
    };
    const lifecycle: Lifecycle = {
      unregistered: () => {
        try {
          seen.push(call().method);
        } catch {
          seen.push("outside");
        }
      },
    };
    const served = await serve("desk", desk, { application, lifecycle });
    const client = await connect<typeof desk>("desk", { application });
    expect(await client.leaveRotation()).toBe("leaveRotation");
    await served.stop();
    expect(seen).toEqual(["outside"]);
  });
});

describe("DISC-2.4 stopped()", () => {
  it("can be awaited, and ends with the receipt that stop() gave, as often as it is asked", async () => {
    const application = new World().application();
    const served = await serveGreeter(application, {});
    const stopped = served.stopped();
    const [one, two] = [served.stop(), served.stop()];
    const receipt = await one;
    expect(await two).toBe(receipt);
    expect(await served.stop()).toBe(receipt);
    expect(await stopped).toBe(receipt);
    expect(await served.stopped()).toBe(receipt);
    expect(application.served).toEqual([]);
  });

  it("ends when all that the service held is given back", async () => {
    const world = new World();
    const store = await world.application().coordination(); // it hosts the store, and stays
    const application = world.application();
    const served = await serveGreeter(application, { requires: ["log"] });
    expect(await store.list("/skylark/default/consumers/log", { fresh: true })).toHaveLength(1);
    await application.close();
    await served.stopped();
    for (const kind of ["services/greeter", "consumers/log", "overrides/greeter"]) {
      expect(await store.list(`/skylark/default/${kind}`, { fresh: true }), kind).toEqual([]);
    }
    expect(world.complaints()).toEqual([]);
  });

  it("lets register and unregister come too late", async () => {
    const served = await serveGreeter(new World().application(), {});
    await served.stop();
    await served.register();
    await served.unregister();
    expect(served.status).toBe("stopped");
  });
});
