import type { Coordination } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { systemClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { Participants } from "../src/participant/participants.js";
import { parseRegistration } from "../src/participant/registration-request.js";
import { World } from "./world.js";

type Fate = "well" | "answer lost" | "request lost" | "away";

/** A store whose writes end as the test says, one after the other, and well after that. */
function faulty(coordination: Coordination, fates: Fate[]): Coordination {
  const lost = new SkylarkError("unavailable", "the connection was lost", { reason: "CONNECTION_LOST" });
  const multi: Coordination["multi"] = async (...args) => {
    const fate = fates.shift() ?? "well";
    if (fate === "request lost") throw lost;
    if (fate === "away") throw new SkylarkError("deadline_exceeded", "no answer in time");
    const entries = await coordination.multi(...args);
    if (fate === "answer lost") throw lost;
    return entries;
  };
  return new Proxy(coordination, {
    get: (target, name) => {
      if (name === "multi") return multi;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

const portal = parseRegistration({
  ServiceName: "portal",
  ServiceURL: "http://127.0.0.1:41001",
  RequiredServices: ["grading", "log"],
  ServiceUpdateURL: "http://127.0.0.1:41001/services",
  HeartbeatURL: "http://127.0.0.1:41001/heartbeat",
});

async function scene(): Promise<{
  readonly entries: () => Promise<number>;
  readonly participants: (...fates: Fate[]) => Participants;
}> {
  const coordination = await new World().coordination();
  const parents = ["services/portal", "consumers/grading", "consumers/log", "participants", "overrides/portal"];
  return {
    entries: async () => {
      const lists = await Promise.all(parents.map((parent) => coordination.list(`/skylark/default/${parent}`)));
      return lists.flat().length;
    },
    participants: (...fates) => new Participants(faulty(coordination, fates), "default", systemClock),
  };
}

describe("a registration in the store", () => {
  it("is there once where the answer was lost, and is not taken for another's", async () => {
    const { entries, participants } = await scene();
    expect(await participants("answer lost", "answer lost").register(portal)).toMatchObject({ service: "portal" });
    expect(await entries()).toBe(4);
    await expect(participants().register(portal)).rejects.toMatchObject({ code: "already_exists" });
  });

  it("is written again where the request was lost", async () => {
    const { entries, participants } = await scene();
    await participants("request lost", "request lost").register(portal);
    expect(await entries()).toBe(4);
  });

  it("is there wholly or not at all: of one that failed nothing is left", async () => {
    const { entries, participants } = await scene();
    for (const fates of [["away"], ["well", "away"]] as const) {
      await participants(...fates)
        .register(portal)
        .catch(() => {});
      expect([0, 4]).toContain(await entries());
    }
  });

  it("is gone where the answer to its end was lost, and its end is no failure", async () => {
    const { entries, participants } = await scene();
    await participants().register(portal);
    const taken = await participants("answer lost").unregister("http://127.0.0.1:41001/");
    expect(taken).toMatchObject({ service: "portal", url: "http://127.0.0.1:41001" });
    expect(await entries()).toBe(0);
    await expect(participants().unregister("http://127.0.0.1:41001")).rejects.toMatchObject({ code: "not_found" });
  });

  it("is given up where the store stays away, as the store says", async () => {
    const { participants } = await scene();
    const lost = Array.from({ length: 9 }, (): Fate => "request lost");
    await expect(participants(...lost).register(portal)).rejects.toMatchObject({ code: "unavailable" });
    await expect(participants("away").register(portal)).rejects.toMatchObject({ code: "deadline_exceeded" });
  });

  it("replaces what nobody understands", async () => {
    const world = new World();
    const coordination = await world.coordination();
    const participants = new Participants(coordination, "default", systemClock);
    const { id } = await participants.register(portal);
    await coordination.put(`/skylark/default/participants/${id}`, { strange: true });
    await expect(participants.register(portal)).resolves.toMatchObject({ id });
    await coordination.put(`/skylark/default/participants/${id}`, "strange");
    await participants.unregister(portal.serviceUrl);
    await expect(participants.unregister(portal.serviceUrl)).rejects.toMatchObject({ code: "not_found" });
  });
});
