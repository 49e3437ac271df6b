import { connect, defineService, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { World } from "./world.js";

const worker = new URL("./business/heavy.ts", import.meta.url);

describe("a module on worker threads", () => {
  it("RPC-12.1 is served and called like any other, but calls nobody itself", async () => {
    const world = new World();
    const provider = world.application();
    await serve("heavy", { worker, threads: 1 }, { application: provider, version: "1.0.0", idempotent: ["hash"] });
    const heavy = await connect<typeof import("./business/heavy.js")>("heavy", {
      application: world.application(),
      version: "1",
      timeoutMs: Number.POSITIVE_INFINITY, // a thread that loads all of skylark takes its time on a busy machine
    });
    expect(await heavy.hash("ab")).toEqual({ hash: 97 * 31 + 98, isMainThread: false });
    const pieces: string[] = [];
    for await (const piece of heavy.pieces("one by one")) pieces.push(piece);
    expect(pieces).toEqual(["one", "by", "one"]);
    await expect(heavy.asksOthers()).rejects.toMatchObject({ code: "unimplemented" });
    const [receipt] = await provider.close();
    expect(receipt).toMatchObject({ services: ["heavy"], abandoned: 0 });
    expect(world.complaints("error")).toEqual([]);
  });

  it("RPC-12.1 keeps a contract, which is checked before a thread has the call", async () => {
    const world = new World();
    const input = z.object({ text: z.string(), times: z.number().int() });
    const contract = defineService("heavy", { version: "1", methods: { repeat: { input, output: z.string() } } });
    await serve(contract, { worker, threads: 1 }, { application: world.application() });
    const heavy = await connect(contract, {
      application: world.application({ name: "tester" }),
      timeoutMs: Number.POSITIVE_INFINITY,
    });
    expect(await heavy.repeat({ text: "ab", times: 2 })).toBe("abab for tester");
    await expect(heavy.repeat({ text: "ab", times: 0.5 })).rejects.toMatchObject({
      code: "invalid_argument",
      reason: "VALIDATION",
      notExecuted: true,
    });
  });

  it("RPC-12.1 is not served where a method of the contract is missing, or the module", async () => {
    const world = new World();
    const application = world.application();
    const contract = defineService("heavy", { version: "1", methods: { shrink: {} } });
    await expect(serve(contract, { worker }, { application })).rejects.toThrow("there is no function for it");
    const nowhere = new URL("./business/nowhere.ts", import.meta.url);
    await expect(serve("heavy", { worker: nowhere }, { application })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("nowhere.ts cannot be loaded") as string,
    });
    expect(application.served).toEqual([]);
  });
});
