import { type Application, connect, type Leadership, SkylarkError, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { World } from "./world.js";

interface Reports {
  where(): Promise<string>;
}

const patience = { timeout: 30_000 };

async function standing(application: Application, name: string, lead: true | ((led: Leadership) => Promise<void>)) {
  return await serve("reports", { where: async () => name }, { application, lead });
}

describe("RPC-11.1 a call to the leader", () => {
  it("goes to the one that was elected, and to the next when that leaves", async () => {
    const world = new World();
    const first = await standing(world.application(), "first", true);
    await expect.poll(() => first.leads, patience).toBeGreaterThan(0);
    const second = await standing(world.application(), "second", true);
    const reports = await connect<Reports>("reports", { application: world.application(), timeoutMs: 60_000 });
    const leader = reports.with({ to: "leader" });
    for (let call = 0; call < 10; call++) expect(await leader.where()).toBe("first");
    const epoch = first.leads ?? 0;
    await first.stop();
    expect(first.leads).toBeUndefined();
    expect(await leader.where()).toBe("second");
    await expect.poll(() => second.leads ?? 0, patience).toBeGreaterThan(epoch);
  });

  it("has the leader do its work while it leads, tells it when that is over, and leads on should it return", async () => {
    const world = new World();
    const steps: string[] = [];
    const served = await standing(world.application(), "first", async ({ epoch, ended }) => {
      steps.push(`epoch ${epoch}`);
      ended.addEventListener("abort", () => steps.push("ended"));
    });
    await expect.poll(() => steps, patience).toEqual(["epoch 1"]);
    expect(served.leads).toBe(1);
    await served.stop();
    expect(steps).toEqual(["epoch 1", "ended"]);
  });

  it("has a leader that fails stand again, and says so", async () => {
    const world = new World();
    const epochs: number[] = [];
    await standing(world.application(), "first", async ({ epoch }) => {
      epochs.push(epoch);
      if (epochs.length === 1) throw new SkylarkError("internal", "out of paper");
    });
    await expect.poll(() => epochs.length, patience).toBe(2);
    expect(epochs[1]).toBeGreaterThan(epochs[0] as number);
    expect(world.complaints("error")).toEqual(['"reports" leads no more, and stands again: out of paper']);
  });

  it("waits while nobody leads, and says so at its deadline", async () => {
    const world = new World();
    await serve("reports", { where: async () => "nobody" }, { application: world.application() });
    const application = world.application();
    const reports = await connect<Reports>("reports", { application, to: "leader", timeoutMs: 200, readyWithinMs: 0 });
    await expect(reports.where()).rejects.toMatchObject({
      code: "unavailable",
      reason: "NO_INSTANCE",
      notExecuted: true,
      message: 'no instance of "reports" can be called: none of its instances leads it',
    });
    const late = reports.with({ timeoutMs: 60_000 }).where();
    await standing(world.application(), "leader", true);
    expect(await late).toBe("leader");
  });
});
