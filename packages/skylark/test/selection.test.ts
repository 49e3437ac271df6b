import { hostname } from "node:os";
import { type Balancer, type Candidate, type Picker, roundRobin } from "@skylark/balance";
import { readSystem } from "@skylark/discovery/internal";
import { type Application, type ConnectOptions, connect, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { World, type WorldApplicationOptions } from "./world.js";

interface Named {
  name(): Promise<string>;
}

async function serveNamed(world: World, name: string, own: WorldApplicationOptions["settings"], version?: string) {
  return await serve(
    "named",
    { name: async () => name },
    { application: world.application({ settings: own }), version },
  );
}

/** Calls until all that are expected have answered, and as often again: nobody else does. */
async function expectAnswers(application: Application, options: ConnectOptions, ...expected: string[]): Promise<void> {
  const client = await connect<Named>("named", { application, balancer: roundRobin, ...options });
  const answered = new Set<string>();
  let more = 0;
  while (more < 2 * expected.length) {
    answered.add(await client.name());
    if (expected.every((name) => answered.has(name))) more++;
  }
  expect([...answered].toSorted()).toEqual(expected);
}

describe("DISC-1.3 an instance is found by", () => {
  it("DISC-1.2 version: the very one, a semantic range, or a word of one's own; two stand side by side", async () => {
    const world = new World();
    for (const version of ["1.2.0", "1.9.3", "2.0.0", "nightly"]) await serveNamed(world, version, {}, version);
    const application = world.application();
    await expectAnswers(application, {}, "1.2.0", "1.9.3", "2.0.0", "nightly");
    await expectAnswers(application, { version: "1.2.0" }, "1.2.0");
    await expectAnswers(application, { version: "1" }, "1.2.0", "1.9.3");
    await expectAnswers(application, { version: "^1.3" }, "1.9.3");
    await expectAnswers(application, { version: ">=1.9 <3" }, "1.9.3", "2.0.0");
    await expectAnswers(application, { version: "nightly" }, "nightly");
  });

  it("region, zone, host and tags", async () => {
    const world = new World();
    await serveNamed(world, "eu-a", { region: "eu", zone: "a", tags: ["fast", "new"] });
    await serveNamed(world, "eu-b", { region: "eu", zone: "b", tags: ["fast"] });
    await serveNamed(world, "us-a", { region: "us", zone: "a" });
    const application = world.application();
    await expectAnswers(application, {}, "eu-a", "eu-b", "us-a");
    await expectAnswers(application, { region: "eu" }, "eu-a", "eu-b");
    await expectAnswers(application, { region: "eu", zone: "b" }, "eu-b");
    await expectAnswers(application, { zone: "a" }, "eu-a", "us-a");
    await expectAnswers(application, { tags: ["fast"] }, "eu-a", "eu-b");
    await expectAnswers(application, { tags: ["fast", "new"] }, "eu-a");
    await expectAnswers(application, { host: hostname() }, "eu-a", "eu-b", "us-a");
    const elsewhere = connect("named", { application, host: "elsewhere", readyWithinMs: 30 });
    await expect(elsewhere).rejects.toThrow(`3 on "${hostname()}" (set host: "any")`);
  });

  it("what a single call says otherwise", async () => {
    const world = new World();
    await serveNamed(world, "eu", { region: "eu" }, "1.0.0");
    await serveNamed(world, "us", { region: "us" }, "2.0.0");
    const client = await connect<Named>("named", { region: "eu", application: world.application() });
    expect(await client.name()).toBe("eu");
    expect(await client.with({ region: "us" }).name()).toBe("us");
    expect(await client.with({ region: "any", version: "2" }).name()).toBe("us");
    expect(await client.with({ region: undefined }).name(), "undefined says nothing").toBe("eu");
    expect(await client.name()).toBe("eu");
  });
});

describe("DISC-1.1 an instance that says nothing of itself", () => {
  it("has the documented defaults", async () => {
    const world = new World();
    const { instance } = await serveNamed(world, "plain", {});
    const { services } = await readSystem(await world.application().coordination(), "default");
    const [record] = services.find(({ name }) => name === "named")?.instances ?? [];
    expect(record).toMatchObject({ id: instance, version: "0.0.0", region: "local", zone: "", tags: [], weight: 100 });
    expect(record).toMatchObject({ host: hostname(), protocol: "skylark", pid: process.pid, state: "serving" });
  });
});

describe("different clusters", () => {
  it("do not see each other's instances", async () => {
    const world = new World();
    await serveNamed(world, "here", { cluster: "here" });
    await serveNamed(world, "there", { cluster: "there" });
    await expectAnswers(world.application({ settings: { cluster: "there" } }), {}, "there");
  });
});

describe("a balancer of one's own", () => {
  /** The one whose id comes first, which says how often it was asked. */
  function first(): Balancer & { picks: number } {
    const own = {
      name: "first",
      picks: 0,
      picker: <C extends Candidate>(candidates: readonly C[]): Picker<C> => {
        const [chosen] = candidates.toSorted((one, other) => (one.id < other.id ? -1 : 1));
        return {
          pick: () => {
            own.picks++;
            return chosen;
          },
        };
      },
    };
    return own;
  }

  it("LOAD-3.7 is an option of connect like the others", async () => {
    const world = new World();
    const served = [
      await serveNamed(world, "a", {}),
      await serveNamed(world, "b", {}),
      await serveNamed(world, "c", {}),
    ];
    const [least] = served
      .map(({ instance }, index) => ({ instance, name: "abc"[index] }))
      .toSorted((one, other) => (one.instance < other.instance ? -1 : 1));
    const application = world.application();
    const balancer = first();
    await expectAnswers(application, { balancer }, least?.name as string);
    expect(balancer.picks).toBeGreaterThan(0);
    // and of this client alone
    await expectAnswers(application, {}, "a", "b", "c");
    const another = first();
    await expectAnswers(application, { balancer: another }, least?.name as string);
    expect(another.picks).toBeGreaterThan(0);
  });

  it("left out is the one that the setting names", async () => {
    const world = new World();
    await serveNamed(world, "one", {});
    const application = world.application({ settings: { balancer: "random" } });
    await expectAnswers(application, { balancer: undefined }, "one");
    expect(() => world.application({ settings: { balancer: "best" as "random" } })).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining('setting "balancer"') }),
    );
  });
});

describe("choices of instances", () => {
  it("are limited, and whoever makes too many is told", async () => {
    const world = new World();
    await serveNamed(world, "one", {});
    const client = await connect<Named>("named", { application: world.application() });
    for (let host = 1; host < 1024; host++) client.with({ host: `host-${host}` });
    expect(() => client.with({ host: "one too many" })).toThrow(
      expect.objectContaining({ code: "resource_exhausted", message: expect.stringContaining("1024") }),
    );
    expect(await client.with({ timeoutMs: 60_000 }).name()).toBe("one");
  });
});
