import { deferred } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import type { ServiceStanding } from "../../src/door/readiness.js";
import { OpenDoor, serviceOf } from "../support/door.js";

const names = ["grading", "log", "skylark.instance"];
const services = names.map((name) => serviceOf(name, { ask: () => 1 }));

describe("whether a process is to be chosen", () => {
  it("HTTP-HEALTH-2 OPS-5.3 it is where all that it offers is", async () => {
    const open = await OpenDoor.open(services);
    expect(await open.ask("/readyz")).toMatchObject({
      status: 200,
      body: {
        status: "ready",
        instance: "instance-1",
        services: [
          { name: "grading", version: "1.0.0", state: "ready" },
          { name: "log", version: "1.0.0", state: "ready" },
        ],
        reasons: [],
      },
    });
    expect((await (await OpenDoor.open([])).ask("/readyz")).status).toBe(200);
  });

  it("HTTP-HEALTH-2 OPS-5.3 it is not while one service is not listed, or out of rotation; and says which and why", async () => {
    const standings = new Map<string, ServiceStanding>([["grading", "unlisted"]]);
    const open = await OpenDoor.open(services, { standingOf: (service) => standings.get(service) ?? "ready" });
    expect(await open.ask("/readyz")).toMatchObject({
      status: 503,
      body: {
        status: "unready",
        services: [{ state: "unlisted" }, { state: "ready" }],
        reasons: ['"grading" is not listed yet: the store has not confirmed it'],
      },
    });
    standings.set("grading", "unregistered").set("log", "leaving");
    expect(await open.ask("/readyz")).toMatchObject({
      status: 503,
      body: { reasons: ['"grading" is out of rotation', '"log" is leaving'] },
    });
    standings.clear();
    expect((await open.ask("/readyz")).status).toBe(200);
    expect((await open.ask("/healthz")).status, "alive all the while").toBe(200);
  });

  it("HTTP-HEALTH-2 it is not once one service, or the process, is leaving", async () => {
    const gate = deferred();
    const open = await OpenDoor.open([
      serviceOf("grading", { hold: () => gate.promise }),
      serviceOf("log", { ask() {} }),
    ]);
    const held = open.ask("/grading/hold", { method: "POST" });
    const draining = open.server.drain(["grading"]);
    expect(await open.ask("/readyz")).toMatchObject({ status: 503, body: { reasons: ['"grading" is leaving'] } });
    open.door.leave();
    const answer = await open.ask("/readyz");
    expect(answer.body).toMatchObject({ reasons: ["the process is leaving", '"grading" is leaving'] });
    expect(answer.headers.get("connection")).toBe("close");
    gate.resolve();
    await Promise.all([held, draining]);
  });

  it("HTTP-HEALTH-2 HTTP-BROWSER-2 it is told to GET and HEAD, and not to pages of others", async () => {
    const open = await OpenDoor.open(services);
    expect(await open.ask("/readyz", { method: "HEAD" })).toMatchObject({ status: 200, body: undefined });
    const answer = await open.ask("/readyz", { method: "POST" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
    expect((await open.ask("/readyz", { headers: { origin: "https://evil.example" } })).status).toBe(403);
  });
});
