import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, serve } from "skylark";
import { describe, expect, it, vi } from "vitest";
import { ProviderProcess } from "./provider-process.js";
import { World } from "./world.js";

const patience = { timeout: 20_000, interval: 20 };

interface Desk {
  greet(name: string): Promise<string>;
}

/** A store whose host is frozen, a provider that lives, and a machine where somebody has called it before. */
async function storeAway(world: World): Promise<{ host: ProviderProcess; provider: ProviderProcess; path: string }> {
  const host = new ProviderProcess(world.home);
  await host.until("serving");
  const provider = new ProviderProcess(world.home);
  await provider.until("serving");
  const path = join(world.home, "snapshots", "default", "desk.snapshot");
  const earlier = world.application();
  const client = await connect<Desk>("desk", { application: earlier });
  await client.greet("Ada");
  await vi.waitFor(() => expect(readFileSync(path, "utf8").match(/"nonce"/g)).toHaveLength(2), patience);
  await earlier.close();
  host.child.kill("SIGSTOP");
  return { host, provider, path };
}

async function ended(...processes: readonly ProviderProcess[]): Promise<void> {
  for (const each of processes) {
    const end = each.ended();
    each.child.kill("SIGTERM");
    await end;
  }
}

describe("a process that starts while the store does not answer", () => {
  it("DISC-5.3 DISC-5.1 calls whom this machine last knew, and is listed by itself once the store is back", async () => {
    const world = new World();
    const { host, provider } = await storeAway(world);
    const application = world.application();
    const client = await connect<Desk>("desk", { application });
    for (let call = 0; call < 20; call++) {
      expect(await client.greet("Ada")).toBe(`Hello, Ada, from process ${provider.child.pid}`);
    }
    expect(world.complaints()).toContainEqual(
      expect.stringMatching(
        /the store does not answer: "desk" is called as it was written down \d+ s ago, 2 instances/,
      ),
    );
    const late = serve("late", { greet: async () => "hello" }, { application });
    await vi.waitFor(() => expect(world.complaints().join()).toMatch(/"late" listens on .* not listed yet/), patience);

    host.child.kill("SIGCONT");
    expect((await late).status).toBe("registered");
    const asked = new Set<string>();
    await vi.waitFor(async () => {
      asked.add(await client.greet("Ada"));
      expect(asked.size, "both are called again").toBe(2);
    }, patience);
    await application.close();
    await ended(provider, host);
  });

  it("has nothing to go by where that is damaged, or where it was told to write nothing down", async () => {
    const world = new World();
    const { host, provider, path } = await storeAway(world);
    const blind = { timeoutMs: 200, wait: false };
    const off = world.application({ settings: { snapshots: false } });
    const without = await connect<Desk>("desk", { application: off, ...blind });
    await expect(without.greet("Ada")).rejects.toMatchObject({ reason: "NO_INSTANCE" });
    writeFileSync(path, readFileSync(path, "utf8").replace("127.0.0.1", "127.0.0.2"));
    const application = world.application();
    const client = await connect<Desk>("desk", { application, ...blind });
    await expect(client.greet("Ada")).rejects.toMatchObject({
      reason: "NO_INSTANCE",
      message: expect.stringContaining("the registry has not said yet which there are"),
    });
    await vi.waitFor(() => expect(world.complaints().join()).toMatch(/"desk" is ignored: it is damaged/), patience);
    host.child.kill("SIGCONT");
    await vi.waitFor(async () => expect(await client.greet("Ada")).toContain("Hello, Ada"), patience);
    for (const each of [application, off]) await each.close();
    await ended(provider, host);
  });

  it("writes nothing down where that is switched off", async () => {
    const world = new World();
    const application = world.application({ settings: { snapshots: false } });
    await serve("greeter", { greet: async () => "hello" }, { application });
    const client = await connect<{ greet(): Promise<string> }>("greeter", { application });
    expect(await client.greet()).toBe("hello");
    await application.close();
    expect(existsSync(join(world.home, "snapshots"))).toBe(false);
  });
});
