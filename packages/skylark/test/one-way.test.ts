import { connect, defineService, remote, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { World } from "./world.js";

const Audit = defineService("audit", {
  version: "1.0.0",
  methods: { record: { input: z.object({ what: z.string(), times: z.number().default(1) }), output: z.number() } },
});

/** No standstill of the machine is as long. */
const calm = { timeoutMs: 120_000 };

describe("a one-way call", () => {
  it("RPC-4.2 of a contract brings what its schema makes of the input; what that refuses never reaches the handler", async () => {
    const world = new World();
    const recorded: unknown[] = [];
    const handlers = { record: (entry: { what: string; times: number }) => recorded.push(entry) };
    await serve(Audit, handlers, { application: world.application() });
    const audit = await connect(Audit, { application: world.application(), ...calm });
    expect(await audit.record.oneWay({ what: 7 } as never)).toBeUndefined();
    expect(await audit.with({ metadata: { who: "portal" } }).record.oneWay({ what: "opened" })).toBeUndefined();
    await expect.poll(() => recorded).toEqual([{ what: "opened", times: 1 }]);
  });

  it("RPC-4.2 of a module is made by name, and by an export of remote before and after it is connected", async () => {
    const world = new World();
    const rung: number[] = [];
    const bell = {
      async ring(times: number): Promise<number> {
        return rung.push(times);
      },
    };
    await serve("bell", bell, { application: world.application() });
    const { ring } = remote<typeof bell>("bell", { application: world.application(), ...calm });
    await ring.oneWay(1);
    await ring.oneWay(2);
    expect(await ring(3)).toBe(3);
    const byName = await connect<typeof bell>("bell", { application: world.application(), ...calm });
    await byName.ring.oneWay(4);
    await expect.poll(() => rung).toEqual([1, 2, 3, 4]);
  });

  it("RPC-4.2 fails where nobody is there to take it", async () => {
    const world = new World();
    const { ring } = remote<{ ring(): Promise<void> }>("bell", {
      application: world.application(),
      wait: false,
      ...calm,
    });
    await expect(ring.oneWay()).rejects.toMatchObject({ code: "unavailable", reason: "NO_INSTANCE" });
    await expect(ring.oneWay()).rejects.toMatchObject({ code: "unavailable", reason: "NO_INSTANCE" });
  });
});
