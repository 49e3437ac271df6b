import { call, connect, remote, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { instanceClient } from "./instance-client.js";
import { World } from "./world.js";

const greeter = { greet: async (name: string) => `Hello, ${name}` };
const adder = { add: async (a: number, b: number) => a + b };

describe("RPC-15.1 several services of one process", () => {
  it("share its port, its instance id, its session and the connection of a caller", async () => {
    const world = new World();
    const provider = world.application();
    const one = await serve("greeter", greeter, { application: provider, version: "1" });
    const two = await serve("adder", adder, { application: provider, version: "2" });
    expect(two).toMatchObject({ address: one.address, instance: one.instance, version: "2" });
    expect(provider.served).toEqual([one, two]);

    const consumer = world.application();
    const greeting = await connect<typeof greeter>("greeter", { application: consumer });
    const adding = await connect<typeof adder>("adder", { application: consumer });
    expect(await Promise.all([greeting.greet("Ada"), adding.add(1, 2)])).toEqual(["Hello, Ada", 3]);
    const asker = instanceClient(provider);
    expect((await asker.functions.describe()).connections, "the asker's and the consumer's").toBe(2);
    asker.close();

    const store = await consumer.coordination();
    const owners = await Promise.all(
      ["greeter", "adder"].map(async (name) => (await store.list(`/skylark/default/services/${name}`))[0]?.owner),
    );
    expect(owners[0]).toBeDefined();
    expect(owners[0]).toBe(owners[1]);
  });

  it("RPC-15.2 are taken out of rotation, drained and stopped each on its own", async () => {
    const world = new World();
    const provider = world.application({ settings: { drainNoticeMs: 30_000 } });
    const [one, two] = [
      await serve("greeter", greeter, { application: provider }),
      await serve("adder", adder, { application: provider }),
    ];
    const consumer = world.application();
    const greeting = await connect<typeof greeter>("greeter", { application: consumer });
    const adding = await connect<typeof adder>("adder", { application: consumer });
    expect(await adding.add(1, 2)).toBe(3);

    await one.unregister();
    expect([one.status, two.status]).toEqual(["unregistered", "registered"]);
    expect(await adding.add(1, 2)).toBe(3);
    await one.register();
    expect(await greeting.greet("Ada")).toBe("Hello, Ada");

    expect(await one.stop()).toMatchObject({ services: ["greeter"], told: 1, acknowledged: 1, abandoned: 0 });
    expect(await adding.add(3, 4)).toBe(7);
    await expect(greeting.with({ wait: false }).greet("Ada")).rejects.toMatchObject({ reason: "NO_INSTANCE" });
    expect(provider.served).toEqual([two]);

    await serve("greeter", greeter, { application: provider });
    expect(await greeting.greet("Grace")).toBe("Hello, Grace");
    expect(world.complaints()).toEqual([]);
  });

  it("have names of their own: a second of one name is refused, and changes nothing", async () => {
    const world = new World();
    const application = world.application();
    await serve("greeter", greeter, { application });
    const twice = serve("greeter", { greet: async () => "another" }, { application });
    await expect(twice).rejects.toMatchObject({
      code: "already_exists",
      message: 'this process offers a service "greeter" already',
    });
    await expect(serve("skylark.instance", greeter, { application })).rejects.toMatchObject({ code: "already_exists" });
    const client = await connect<typeof greeter>("greeter", { application });
    expect(await client.greet("Ada")).toBe("Hello, Ada");
    expect(application.served).toHaveLength(1);
  });

  it.each([[["greeter", "polite"]], [["greeter"], ["polite"]], [["polite"], ["greeter"], ["greeter", "polite"]]])(
    "RPC-2.5 run in one process or in many, by nothing but a list of who runs what: %j",
    async (...placement) => {
      const world = new World();
      for (const [index, names] of placement.entries()) {
        const application = world.application({ name: `process-${index}` });
        // the services themselves are written once
        const { greet } = remote<typeof greeter>("greeter", { application });
        const services = {
          greeter,
          polite: { welcome: async (name: string) => `${await greet(name)}! (asked by ${call().caller.name})` },
        };
        for (const name of names) await serve(name, services[name as keyof typeof services], { application });
      }
      const portal = world.application({ name: "portal" });
      const client = await connect<{ welcome(name: string): Promise<string> }>("polite", { application: portal });
      expect(await client.welcome("Ada")).toBe("Hello, Ada! (asked by portal)");
    },
  );
});

describe("a port", () => {
  it("that is taken is refused and named, and may be tried again", async () => {
    const world = new World();
    const first = await serve("greeter", greeter, { application: world.application() });
    const port = Number(new URL(first.address).port);
    const application = world.application({ settings: { port } });
    await expect(serve("greeter", greeter, { application })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining(`cannot listen on tcp://127.0.0.1:${port}: the address is taken`),
    });
    expect(application.served).toEqual([]);
  });

  it("is given free again when the application closes", async () => {
    const world = new World();
    await world.application().coordination(); // which hosts the store, and stays
    const first = world.application();
    const { address } = await serve("greeter", greeter, { application: first });
    await first.close();
    const port = Number(new URL(address).port);
    const second = await serve("greeter", greeter, { application: world.application({ settings: { port } }) });
    expect(second.address).toBe(address);
  });

  it("is not listened on where nobody could be told of it", async () => {
    const world = new World();
    const application = world.application({ settings: { advertise: "here:or:there" } });
    for (const attempt of ["first", "second"]) {
      await expect(serve("greeter", greeter, { application }), attempt).rejects.toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("SKYLARK_ADVERTISE"),
      });
    }
  });
});
