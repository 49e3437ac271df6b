import { connect, serve } from "skylark";
import { describe, expect, it, vi } from "vitest";
import { World } from "./world.js";

const patience = { timeout: 20_000, interval: 20 };

interface Greeter {
  greet(): Promise<string>;
}

describe("two clusters over one store", () => {
  it("DISC-8.1 DISC-8.2 neither sees nor calls the other, while services of one name come and go in both", async () => {
    const world = new World();
    const inCluster = (cluster: string) => world.application({ settings: { cluster } });
    const store = await inCluster("blue").coordination();
    const providers = await Promise.all(
      ["blue", "green"].map(async (cluster) => {
        const application = inCluster(cluster);
        await serve("greeter", { greet: async () => cluster }, { application });
        return application;
      }),
    );
    const callers = { blue: inCluster("blue"), green: inCluster("green") };
    const blue = await connect<Greeter>("greeter", { application: callers.blue, wait: false });
    const green = await connect<Greeter>("greeter", { application: callers.green, wait: false });
    for (let call = 0; call < 20; call++) {
      expect(await blue.greet()).toBe("blue");
      expect(await green.greet()).toBe("green");
    }
    expect(await store.children("/skylark")).toEqual(["blue", "green"]);

    // what the other cluster has does not help where the own has none
    await providers[1]?.close();
    await vi.waitFor(async () => {
      await expect(green.greet()).rejects.toMatchObject({
        reason: "NO_INSTANCE",
        message: expect.stringContaining("nobody offers it"),
      });
    }, patience);
    expect(await blue.greet()).toBe("blue");
    const onlyBlue = await connect<Greeter>("only-blue", { application: callers.green, wait: false });
    await serve("only-blue", { greet: async () => "blue" }, { application: providers[0] });
    await expect(onlyBlue.greet()).rejects.toMatchObject({ reason: "NO_INSTANCE" });
  });
});
