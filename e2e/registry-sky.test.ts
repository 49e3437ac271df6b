import type { ParticipantStatus } from "@skylark/registry";
import { describe, expect, it } from "vitest";
import { Sky } from "./support/sky.js";
import { until } from "./support/until.js";
import { World } from "./support/world.js";

interface Listed {
  readonly instances: readonly { readonly id: string; readonly state: string; readonly override: unknown }[];
}

describe("sky, looking at a program that takes part by plain HTTP", () => {
  it("shows it beside Skylark services, with protocol and URL; whether it is marked down, and why; and what the registry knows", async () => {
    await using world = new World();
    const sky = new Sky(world.home);
    const registry = await world.start<{ readonly url: string }>("registry");
    const crowd = await world.start("crowd", { args: ["--registry", registry.ready.url] });
    await crowd.ask("join", { name: "portal", requires: ["reporter"] });
    await using watch = sky.watch("reporter");
    await watch.next(({ kind }) => kind === "watching");
    const url = await crowd.ask<string>("join", { name: "reporter", requires: [], hangs: true });
    expect(await watch.next(() => true)).toMatchObject({ kind: "joined", instance: { service: "reporter" } });
    expect(await watch.next(() => true)).toMatchObject({ kind: "markedDown", instance: { state: "markedDown" } });

    // the portal too may be marked down for a moment, where it stands still
    await until("the portal is well", 30_000, async () => {
      const { instances } = await sky.json<Listed>("instances", "portal");
      return instances[0]?.state === "inRotation" || JSON.stringify(instances);
    });
    const { services } = await sky.json<{ services: readonly object[] }>("services");
    expect(services).toEqual([
      expect.objectContaining({ name: "portal", protocols: ["http"], inRotation: 1 }),
      expect.objectContaining({ name: "registry", protocols: ["skylark"], urls: [registry.ready.url] }),
      expect.objectContaining({ name: "reporter", protocols: ["http"], urls: [url], inRotation: 0 }),
    ]);
    const { instances } = await sky.json<Listed>("instances", "reporter");
    expect(instances).toMatchObject([
      { protocol: "http", url, state: "markedDown", override: { mark: { by: "registry", why: /in time/ } } },
    ]);
    expect(await sky.out("instances", "reporter")).toMatch(/marked down +it did not answer in time, says registry/);

    const { result } = await sky.json<{ result: readonly ParticipantStatus[] }>("call", "registry.participants");
    expect(result.map(({ service, health, mark }) => ({ service, health, why: mark?.why }))).toEqual([
      { service: "portal", health: "well", why: undefined },
      { service: "reporter", health: "missing", why: "it did not answer in time" },
    ]);
    const called = await sky.run("call", "reporter.greet");
    expect(called).toMatchObject({ exitCode: 3, err: expect.stringContaining(`is called at ${url}`) as string });

    await crowd.ask("leave", url);
    expect(await watch.next(({ kind }) => kind === "left")).toMatchObject({ orderly: true });
    await until("its dependant holds nobody", 5000, async () => {
      const [portal] = await crowd.ask<{ readonly view: readonly string[] }[]>("members");
      return portal?.view.length === 0 || JSON.stringify(portal?.view);
    });
  });
});
