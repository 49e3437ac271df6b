import { connect, remote, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { ProviderProcess } from "./provider-process.js";
import { World } from "./world.js";

const greeter = { greet: async () => "hello" };

describe("while the store does not answer", () => {
  it("HTTP-HEALTH-2 calls go on, it stays ready, nothing waits longer than it was told, and what was begun is done once it is back", async () => {
    const world = new World();
    const host = new ProviderProcess(world.home);
    await host.until("serving");
    const provider = world.application();
    await serve("greeter", greeter, { application: provider });
    const application = world.application();
    const before = await connect<typeof greeter>("greeter", { application });
    expect(await before.greet()).toBe("hello");

    host.child.kill("SIGSTOP");
    expect(await before.greet()).toBe("hello");

    // to connect is to be told who is there: without that, the calls say so themselves
    const blind = await connect<typeof greeter>("desk", { application, timeoutMs: 100, wait: false });
    await expect(blind.greet()).rejects.toMatchObject({
      reason: "NO_INSTANCE",
      message: expect.stringContaining("the registry has not said yet which there are"),
    });
    const { greet } = remote<typeof greeter>("other", { application, timeoutMs: 100 });
    await expect(greet()).rejects.toMatchObject({ notExecuted: true });
    const ready = async (): Promise<number> => (await fetch(`${provider.url}/readyz`)).status;
    expect(await ready(), "those who know it call on").toBe(200);
    const late = serve("late", greeter, { application: provider });
    await expect.poll(ready, { message: "nobody can know the other one" }).toBe(503);

    host.child.kill("SIGCONT");
    expect((await late).status).toBe("registered");
    expect(await ready()).toBe(200);
    const seeing = await connect<{ greet(name: string): Promise<string> }>("desk", { application });
    expect(await seeing.greet("Ada")).toBe(`Hello, Ada, from process ${host.child.pid}`);
    const ended = host.ended();
    for (const each of [application, provider]) await each.close();
    host.child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
});
