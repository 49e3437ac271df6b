import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Program } from "./support/program.js";
import { Python } from "./support/python.js";
import { until } from "./support/until.js";
import { World } from "./support/world.js";

/** What whoever has every conversation must have seen, in whichever language. */
const everything = {
  values: [5, String(2n ** 60n), "00ff", [null, 1.5, "ü"]],
  error: ["not_found", { id: 7 }],
  deadline: "deadline_exceeded",
  cancellation: "cancelled",
  stream: 500_500,
  mebibyte: 2 ** 20,
  hundred: true,
};

let world: World;
let registry: Program<{ readonly url: string }>;
let target: Program<{ readonly address: string; readonly url: string }>;

beforeAll(async () => {
  world = new World();
  registry = await world.start("registry", { args: ["--patience", "10000"] });
  target = await world.start("target");
});

afterAll(() => world[Symbol.asyncDispose]());

async function expectWell(python: Python): Promise<void> {
  const { code, errors } = await python.ended();
  expect(code, errors).toBe(0);
}

function program(...args: string[]): Python {
  return new Python(["-W", "error", "e2e/programs/python_target.py", ...args]);
}

it("RPC-10.5 the client in Python passes the protocol's vectors, as caller and as provider", async () => {
  await using tests = new Python(["-W", "error", "-m", "unittest"], "clients/python");
  await expectWell(tests);
});

describe("RPC-10.5 Python and TypeScript", () => {
  it("talk: Python calls TypeScript, at an address", async () => {
    await using caller = program("call", target.ready.address.replace("tcp://", ""));
    expect(await caller.said()).toEqual(everything);
    await expectWell(caller);
  });

  it("RPC-10.5 REG-HTTP-6 talk: Python calls TypeScript, found through the registry", async () => {
    await using caller = program("call", registry.ready.url);
    expect(await caller.said()).toEqual(everything);
    await expectWell(caller);
  });

  it("RPC-10.5 REG-HTTP-18 talk: TypeScript calls Python, found through the registry, until it leaves with a receipt", async () => {
    await using provider = program("provide", registry.ready.url);
    const { instance } = (await provider.said()) as { instance: string };
    expect(instance).toMatch(/^http-[0-9a-f]{16}$/);
    expect(await target.ask("converse", "pythonic")).toEqual(everything);
    provider.terminate();
    expect(await provider.said()).toMatchObject({ abandoned: 0 });
    await expectWell(provider);
    await until("the registry has forgotten it", 60_000, async () => {
      const { Services } = (await (await fetch(`${registry.ready.url}/services`)).json()) as {
        Services: readonly { Name: string }[];
      };
      const names = Services.map(({ Name }) => Name);
      return !names.includes("pythonic") || names.join();
    });
  });
});
