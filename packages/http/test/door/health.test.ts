import { deferred } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";

describe("the health of a process", () => {
  it("HTTP-HEALTH-1 is what it serves, and that it does", async () => {
    const services = ["grading", "log", "skylark.instance"].map((name) => serviceOf(name, { ask: () => 1 }));
    const open = await OpenDoor.open(services);
    expect(await open.ask("/healthz")).toMatchObject({
      status: 200,
      body: {
        status: "serving",
        instance: "instance-1",
        services: [
          { name: "grading", version: "1.0.0", state: "serving" },
          { name: "log", version: "1.0.0", state: "serving" },
        ],
      },
    });
  });

  it("HTTP-HEALTH-1 is told to HEAD too, and to nobody else", async () => {
    const open = await OpenDoor.open([]);
    expect(await open.ask("/healthz", { method: "HEAD" })).toMatchObject({ status: 200, body: undefined });
    const answer = await open.ask("/healthz", { method: "POST" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
    expect((await open.ask("/healthz/more")).status).toBe(200);
  });

  it("HTTP-HEALTH-1 is draining once all that it serves is leaving", async () => {
    const gate = deferred();
    const open = await OpenDoor.open([
      serviceOf("grading", { hold: () => gate.promise }),
      serviceOf("log", { ask: () => 1 }),
    ]);
    const held = open.ask("/grading/hold", { method: "POST" });
    const state = async (): Promise<unknown> => {
      const { status, body } = await open.ask("/healthz");
      return [status, (body as { status: string }).status];
    };
    const drainingOne = open.server.drain(["grading"]);
    expect(await state()).toEqual([200, "serving"]);
    await open.server.drain(["log"]);
    expect(await state()).toEqual([503, "draining"]);
    gate.resolve();
    await Promise.all([held, drainingOne]);
  });

  it("HTTP-HEALTH-1 is draining once the process is leaving, whatever it serves", async () => {
    const open = await OpenDoor.open([]);
    open.door.leave();
    const answer = await open.ask("/healthz");
    expect(answer).toMatchObject({ status: 503, body: { status: "draining", services: [] } });
    expect(answer.headers.get("connection")).toBe("close");
  });
});
