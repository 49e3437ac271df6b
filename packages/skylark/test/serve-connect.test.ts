import { type Application, call, connect, SkylarkError, serve } from "skylark";
import { describe, expect, it } from "vitest";
import * as gradebook from "./business/gradebook.js";
import { World } from "./world.js";

/** A provider of what is given, and a client of it in another application. */
async function served<Implementation extends object>(world: World, implementation: Implementation) {
  await serve("subject", implementation, { application: world.application() });
  const consumer = world.application();
  return { client: await connect<Implementation>("subject", { application: consumer }), consumer };
}

class Counter {
  #count = 0;

  async add(by: number): Promise<number> {
    this.#count += by;
    return this._total();
  }

  async _total(): Promise<number> {
    return this.#count;
  }
}

class LoudCounter extends Counter {
  async shout(): Promise<string> {
    return `${await this.add(0)}!`;
  }
}

/** Any method by its name, as a program without types calls it. */
type AnyMethods = Record<string, (...args: unknown[]) => Promise<unknown>>;

function byName(application: Application): Promise<AnyMethods> {
  return connect<AnyMethods>("subject", { application });
}

describe("RPC-1.1 what is served", () => {
  it("is a module, as it is", async () => {
    const { client } = await served(new World(), gradebook);
    expect(await client.all()).toEqual(await gradebook.all());
    expect(await client.byId(1)).toEqual({ id: 1, name: "Ada", born: new Date(Date.UTC(1815, 11, 10)) });
    expect(await client.rename(2, "Admiral Hopper", "promoted")).toBe("Grace is now Admiral Hopper (promoted)");
  });

  it("is an instance of a class, with its state and what it inherits", async () => {
    const { client, consumer } = await served(new World(), new LoudCounter());
    expect(await client.add(2)).toBe(2);
    expect(await client.add(3)).toBe(5);
    expect(await client.shout()).toBe("5!");
    expect(await client.shout()).toBe("5!");
    const privately = (await byName(consumer))["_total"]?.();
    await expect(privately, "RPC-1.2").rejects.toMatchObject({ code: "unimplemented", notExecuted: true });
  });

  it("is an object with functions of any number of arguments", async () => {
    const { client } = await served(new World(), {
      none: async () => 0,
      one: async (a: unknown) => [a],
      seven: async (...all: number[]) => all.length,
      optional: async (a: string, b?: string) => b ?? a,
    });
    expect(await client.none()).toBe(0);
    expect(await client.one(undefined)).toEqual([undefined]);
    expect(await client.one(null)).toEqual([null]);
    expect(await client.seven(1, 2, 3, 4, 5, 6, 7)).toBe(7);
    expect(await client.optional("a")).toBe("a");
    expect(await client.optional("a", "b")).toBe("b");
  });

  it("answers undefined where its function does", async () => {
    const { client } = await served(new World(), gradebook);
    expect(await client.forget()).toBeUndefined();
    expect(await client.byId(3)).toBeUndefined();
  });

  it("RPC-1.2 exposes no name that the language itself calls, or that begins with an underscore", async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- that nobody meets it is what is proved
    const hidden = { then: async () => "then", toJSON: async () => "toJSON", _own: async () => "_own" };
    const { consumer } = await served(new World(), { shown: async () => "shown", ...hidden });
    const client = await byName(consumer);
    expect(await client["shown"]?.()).toBe("shown");
    expect(client["then"]).toBeUndefined();
    for (const name of ["constructor", "toString", "hasOwnProperty", "_own"]) {
      await expect(client[name]?.(), name).rejects.toMatchObject({ code: "unimplemented" });
    }
  });

  it("is refused where it offers nothing", async () => {
    const application = new World().application();
    await expect(serve("subject", { passMark: 50 }, { application })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(serve("subject", gradebook, { idempotent: ["al"], application })).rejects.toThrow(
      '"subject" has no method al, which is listed as idempotent',
    );
    expect(application.served).toEqual([]);
  });
});

describe("a call that fails", () => {
  it("RPC-1.6 throws at the call site, with the stack of whoever called", async () => {
    const { client } = await served(new World(), gradebook);
    async function theFunctionThatCalls(): Promise<string> {
      return await client.rename(7, "Nobody");
    }
    const error = await theFunctionThatCalls().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SkylarkError);
    expect(error).toMatchObject({ code: "unknown", message: "there is no student 7" });
    expect((error as Error).stack).toContain("theFunctionThatCalls");
    expect((error as Error).stack).not.toContain("business/gradebook");
  });

  it("RPC-8.2 brings code, reason, message and details of a SkylarkError along, and RPC-8.3 leaves its cause behind", async () => {
    const cause = new Error("the disk is full");
    const thrown = new SkylarkError("not_found", "no such student", { details: { id: 7 }, cause });
    const { client } = await served(new World(), {
      find: async () => {
        throw thrown;
      },
    });
    const error = await client.find().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "not_found", message: "no such student", details: { id: 7 } });
    expect((error as Error).cause).toBeUndefined();
  });

  it("names the method that nobody offers", async () => {
    const { consumer } = await served(new World(), gradebook);
    const missing = (await byName(consumer))["students"]?.();
    await expect(missing).rejects.toMatchObject({
      code: "unimplemented",
      message: /subject.*students|students.*subject/,
    });
  });

  it("does not take the client along", async () => {
    const { client } = await served(new World(), gradebook);
    await expect(client.rename(7, "Nobody")).rejects.toThrow("there is no student 7");
    expect(await client.rename(1, "Countess")).toBe("Ada is now Countess");
  });
});

describe("RPC-14.2 a call by name", () => {
  it("needs no types", async () => {
    const { consumer } = await served(new World(), gradebook);
    const client = await byName(consumer);
    const method = "rename";
    expect(await client[method]?.(1, "Lady Lovelace")).toBe("Ada is now Lady Lovelace");
  });
});

describe("options of a single call", () => {
  const waiting = {
    wait: () =>
      new Promise<string>((resolve) => {
        const { signal } = call();
        signal.addEventListener("abort", () => resolve((signal.reason as SkylarkError).code));
      }),
    metadata: async () => ({ ...call().metadata }),
    remaining: async () => call().remainingMs,
  };

  it("set its deadline", async () => {
    const { client } = await served(new World(), waiting);
    expect(await client.remaining()).toBeLessThanOrEqual(5000); // it is connected from here on
    expect(await client.with({ timeoutMs: 60_000 }).remaining()).toBeGreaterThan(30_000);
    await expect(client.with({ timeoutMs: 20 }).wait()).rejects.toMatchObject({ code: "deadline_exceeded" });
  });

  it("RPC-5.4 let it be given up", async () => {
    const { client } = await served(new World(), waiting);
    const controller = new AbortController();
    const given = client.with({ signal: controller.signal }).wait();
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: "cancelled" });
    const late = client.with({ signal: controller.signal }).remaining();
    await expect(late).rejects.toMatchObject({ code: "cancelled", notExecuted: true });
  });

  it("RPC-6.4 give it metadata", async () => {
    const { client } = await served(new World(), waiting);
    expect(await client.with({ metadata: { user: "ada" } }).metadata()).toEqual({ user: "ada" });
    expect(await client.metadata()).toEqual({});
  });

  it("hold for that client alone, and what they leave undefined says nothing", async () => {
    const { client, consumer } = await served(new World(), waiting);
    const patient = await connect<typeof waiting>("subject", { application: consumer, timeoutMs: 60_000 });
    expect(await patient.remaining()).toBeGreaterThan(30_000);
    expect(await patient.with({ timeoutMs: undefined }).remaining()).toBeGreaterThan(30_000);
    expect(await client.remaining()).toBeLessThanOrEqual(5000);
  });
});
