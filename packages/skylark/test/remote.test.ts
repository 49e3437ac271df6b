import { type Application, remote, SkylarkError, serve } from "skylark";
import { describe, expect, it } from "vitest";
import * as here from "./business/gradebook.js";
import { instanceClient } from "./instance-client.js";
import { World } from "./world.js";

type Gradebook = typeof here;

/** The functions as `gradebook.remote.ts` would export them, but of an application that the test can close. */
function remoteGradebook(application: Application): Omit<Gradebook, "passMark"> {
  const { all, byId, rename, forget, echo } = remote<Gradebook>("gradebook", { application });
  return { all, byId, rename, forget, echo: echo as Gradebook["echo"] };
}

/** What application code does with the functions, whoever they are. */
const uses: Record<string, (functions: Omit<Gradebook, "passMark">) => Promise<unknown>> = {
  "a list of objects": ({ all }) => all(),
  "an object with a date": ({ byId }) => byId(1),
  "undefined as a result": ({ byId }) => byId(9),
  "no result": ({ forget }) => forget(),
  "an argument left out": ({ rename }) => rename(1, "Countess"),
  "all arguments": ({ rename }) => rename(1, "Countess", "married"),
  "no arguments": ({ echo }) => echo(),
  "values of all kinds": ({ echo }) =>
    echo<unknown>(null, undefined, true, 0, -1.5, 2 ** 53 - 1, Number.NaN, "", "𝛀", [], [[1], {}], {
      a: { b: [null] },
    }),
  "big integers, dates and bytes": ({ echo }) => echo<unknown>(2n ** 63n, new Date(0), Buffer.from([0, 255])),
  "many calls at once": ({ echo }) => Promise.all(Array.from({ length: 50 }, (_, index) => echo(index))),
};

describe("RPC-2.2 local or remote, the same", () => {
  it("in what goes in and what comes out", async () => {
    const world = new World();
    await serve("gradebook", here, { application: world.application() });
    const there = remoteGradebook(world.application());
    for (const [what, use] of Object.entries(uses)) expect(await use(there), what).toEqual(await use(here));
  });

  it("in the message of an error, which is thrown where the function was called", async () => {
    const world = new World();
    await serve("gradebook", here, { application: world.application() });
    for (const { rename } of [here, remoteGradebook(world.application())]) {
      async function renameNobody(): Promise<string> {
        return await rename(9, "Nobody");
      }
      const error = await renameNobody().catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ message: "there is no student 9" });
      expect((error as Error).stack).toContain("renameNobody");
    }
  });

  it("RPC-1.6 keeps the caller's stack at the first call too, which connects", async () => {
    const world = new World();
    await serve("gradebook", here, { application: world.application() });
    const { rename } = remoteGradebook(world.application());
    async function firstCaller(): Promise<string> {
      return await rename(9, "Nobody");
    }
    const error = await firstCaller().catch((thrown: unknown) => thrown);
    expect((error as Error).stack).toContain("firstCaller");
  });
});

describe("remote functions", () => {
  it("do nothing before they are called", async () => {
    const world = new World();
    const application = world.application();
    remoteGradebook(application);
    await application.close();
    expect(world.said).toEqual([]);
  });

  it("of several services share one application: one session, one connection to whoever offers them all", async () => {
    const world = new World();
    const provider = world.application();
    await serve("gradebook", here, { application: provider });
    await serve("notes", { note: async (text: string) => text.length }, { application: provider });
    const application = world.application();
    const { byId } = remote<Gradebook>("gradebook", { application });
    const { rename } = remote<Gradebook>("gradebook", { application, timeoutMs: 60_000 });
    const { note } = remote<{ note(text: string): Promise<number> }>("notes", { application });
    expect(await Promise.all([byId(2), rename(2, "Amazing Grace"), note("abc")])).toEqual([
      { id: 2, name: "Grace" },
      "Grace is now Amazing Grace",
      3,
    ]);
    const asker = instanceClient(provider);
    expect((await asker.functions.describe()).connections).toBe(2); // this one's, and the other's only one
    asker.close();
  });

  it("wait for a provider that starts later", async () => {
    const world = new World();
    const { byId } = remoteGradebook(world.application());
    const early = byId(2);
    await serve("gradebook", here, { application: world.application() });
    expect(await early).toEqual({ id: 2, name: "Grace" });
  });

  it("RPC-5.1 keep their deadline at the first call, though nobody offers the service", async () => {
    const world = new World();
    const { all } = remote<Gradebook>("gradebook", { application: world.application(), timeoutMs: 50 });
    const error = await all().catch((thrown: unknown) => thrown);
    expect(SkylarkError.is(error)).toBe(true);
    expect(["deadline_exceeded", "unavailable"]).toContain((error as SkylarkError).code);
    expect((error as SkylarkError).notExecuted).toBe(true);
  });

  it("say so once their application has closed", async () => {
    const world = new World();
    await serve("gradebook", here, { application: world.application() });
    const application = world.application();
    const { all } = remoteGradebook(application);
    await all();
    await application.close();
    await expect(all()).rejects.toMatchObject({ code: "cancelled", notExecuted: true });
    await expect(remoteGradebook(application).all()).rejects.toMatchObject({
      code: "failed_precondition",
      message: 'the application "anonymous" has closed: it serves and calls no more',
    });
  });
});
