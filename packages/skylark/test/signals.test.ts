import { connect } from "skylark";
import { describe, expect, it } from "vitest";
import { ProviderProcess } from "./provider-process.js";
import { World } from "./world.js";

interface Desk {
  greet(name: string): Promise<string>;
  hold(): Promise<string>;
}

/** A provider in a process of its own, and a client of it here, where the store is. */
async function provided() {
  const world = new World();
  const application = world.application();
  await application.coordination();
  const provider = new ProviderProcess(world.home, { SKYLARK_DRAIN_NOTICE_MS: "30000" });
  const desk = await connect<Desk>("desk", { application, timeoutMs: 30_000 });
  await provider.until("serving");
  return { provider, desk, application };
}

describe("a process that is asked to end", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "LOAD-7.7 by %s drains, LOAD-7.6 prints its receipt, and exits with 0",
    async (signal) => {
      const { provider, desk } = await provided();
      expect(await desk.greet("Ada")).toBe(`Hello, Ada, from process ${provider.child.pid}`);
      const held = desk.hold();
      await provider.until("holding");
      const ended = provider.ended();
      provider.child.kill(signal);
      await provider.until("unregistered");
      provider.tell("release");
      expect(await held).toBe("finished in order");
      expect(await ended).toBe(0);
      await provider.until("stopped");
      expect(provider.stderr).toContain(`${signal}: leaving`);
      expect(provider.stderr).toMatch(
        /drain receipt: "desk" left in \d+ ms; 1 of 1 connected callers confirmed; .* 0 abandoned/,
      );
    },
  );

  it.each([
    ["SIGTERM", "SIGTERM", 143],
    ["SIGINT", "SIGINT", 130],
    ["SIGTERM", "SIGINT", 130],
  ] as const)("by %s and then by %s does not wait any longer", async (first, second, code) => {
    const { provider, desk } = await provided();
    const held = desk.hold().catch((thrown: unknown) => thrown);
    await provider.until("holding");
    const ended = provider.ended();
    provider.child.kill(first);
    await provider.until("unregistered");
    provider.child.kill(second);
    expect(await ended).toBe(code);
    expect(await held).toMatchObject({ code: "unknown", reason: "CONNECTION_LOST" });
  });

  it("drains although nobody reads what it prints any more", async () => {
    const { provider, desk } = await provided();
    provider.child.stderr?.destroy();
    const held = desk.hold();
    await provider.until("holding");
    const ended = provider.ended();
    provider.child.kill("SIGTERM");
    await provider.until("unregistered");
    provider.tell("release");
    expect(await held).toBe("finished in order");
    expect(await ended).toBe(0);
  });

  it("after its application has closed by itself, ends as any other process", async () => {
    const { provider } = await provided();
    const ended = provider.ended();
    provider.tell("close");
    expect(await ended).toBe(0);
  });
});

describe("CONF-2.5 a process with a wrong setting", () => {
  it("does not start, and names the key, where its value came from, and what is allowed", async () => {
    const provider = new ProviderProcess(new World().home, { SKYLARK_PORT: "many" });
    expect(await provider.ended()).toBe(1);
    expect(provider.stderr).toContain(
      'setting "port" is given as "many" by environment SKYLARK_PORT: allowed is a whole number from 0 to 65535',
    );
  });
});
