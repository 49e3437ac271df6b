import { connect, serve } from "skylark";
import { describe, expect, it, vi } from "vitest";
import { ProviderProcess } from "./provider-process.js";
import { World } from "./world.js";

const patience = { timeout: 50_000, interval: 20 };

interface Desk {
  greet(name: string): Promise<string>;
}

describe("a provider that vanished from the store without a word", () => {
  it("DISC-5.4 is called on, and no call fails, also where the store was emptied as a whole", async () => {
    const world = new World();
    const store = await world.application().coordination();
    const greeter = { greet: async (name: string) => `Hello, ${name}` };
    const provider = world.application();
    await serve("greeter", greeter, { application: provider });
    const client = await connect<typeof greeter>("greeter", { application: world.application(), wait: false });
    expect(await client.greet("Ada")).toBe("Hello, Ada");
    const services = await store.list("/skylark/default/services/greeter");
    const seen: string[] = [];
    store.watch("/skylark/default/services/greeter", (event) => {
      if (event.kind === "changes") seen.push(...event.changes.map(({ kind }) => kind));
    });
    for (let time = 1; time <= 3; time++) {
      await store.delete(services[0]?.key as string);
      await vi.waitFor(() => expect(seen.filter((kind) => kind === "deleted")).toHaveLength(time), patience);
      // without waiting for an instance: where it was believed gone, this would fail until it is listed again
      for (let call = 0; call < 50; call++) expect(await client.greet("Ada")).toBe("Hello, Ada");
      await vi.waitFor(() => expect(seen.filter((kind) => kind === "put")).toHaveLength(time), patience);
    }
    expect(world.complaints().filter((said) => said.includes("vanished from the store without a word"))).not.toEqual(
      [],
    );
  });

  it("COORD-2.7 is called no more once it is frozen, although its connection stands", async () => {
    const world = new World();
    await world.application().coordination();
    const provider = new ProviderProcess(world.home, { SKYLARK_SESSION_TTL_MS: "6000" });
    await provider.until("serving");
    const client = await connect<Desk>("desk", { application: world.application(), wait: false, timeoutMs: 20_000 });
    expect(await client.greet("Ada")).toContain("Hello, Ada");
    provider.child.kill("SIGSTOP");
    // once it is dropped from the directory, a call fails at once for want of an instance
    await vi.waitFor(async () => {
      const outcome = client.with({ timeoutMs: 300 }).greet("Ada");
      await expect(outcome).rejects.toMatchObject({ reason: "NO_INSTANCE" });
    }, patience);
    provider.child.kill("SIGCONT");
    await vi.waitFor(async () => expect(await client.greet("Ada")).toContain("Hello, Ada"), patience);
    const ended = provider.ended();
    provider.child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("DISC-5.5 is believed gone at once where it had left in order", async () => {
    const world = new World();
    await world.application().coordination();
    const served = await serve("greeter", { greet: async () => "hello" }, { application: world.application() });
    const client = await connect<{ greet(): Promise<string> }>("greeter", {
      application: world.application(),
      wait: false,
    });
    expect(await client.greet()).toBe("hello");
    await served.stop();
    await vi.waitFor(
      () => expect(client.greet()).rejects.toMatchObject({ message: expect.stringContaining("nobody offers it") }),
      patience,
    );
    expect(world.complaints().filter((said) => said.includes("vanished"))).toEqual([]);
  });
});
