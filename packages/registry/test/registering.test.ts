import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { PlainProgram } from "./plain-program.js";
import { answered, until, World } from "./world.js";

const heartbeat = { intervalMs: 100, tries: 2, retryAfterMs: 20, timeoutMs: 10_000 };

function refused(code: string, words: RegExp = /./): object {
  return { error: expect.objectContaining({ code, message: expect.stringMatching(words) as string }) as object };
}

describe("POST /services", () => {
  it("REG-2.1 REG-2.5 REG-HTTP-3 REG-HTTP-17 registers a program of any language: 200, and lasting entries in the store", async () => {
    const world = new World();
    const { post, application } = await world.registry();
    const portal = await world.program("portal", ["grading"]);
    const { status, body } = await post({ ...portal.registration, Colour: "blue" });
    expect({ status, body }).toEqual({ status: 200, body: portal.registration });
    const coordination = await application.coordination();
    const [instance] = await coordination.list("/skylark/default/services/portal");
    expect(instance).toMatchObject({
      owner: undefined,
      value: {
        service: "portal",
        protocol: "http",
        url: portal.url,
        updateUrl: `${portal.url}/services`,
        heartbeatUrl: `${portal.url}/heartbeat`,
        requires: ["grading"],
        address: portal.url.replace("http:", "tcp:"),
      },
    });
    const [consumer] = await coordination.list("/skylark/default/consumers/grading");
    expect(consumer).toMatchObject({ owner: undefined, value: { name: "portal", address: expect.any(String) } });
  });

  it("REG-HTTP-18 lists one that speaks the native protocol as an instance that native clients call, and tells it its id", async () => {
    const world = new World();
    const { post, application } = await world.registry();
    const grading = await world.program("grading");
    const native = { ...grading.registration, Protocol: "skylark", Version: "1.2.0" };
    const { status, body } = await post(native);
    const id = `http-${createHash("sha256").update(grading.url).digest("hex").slice(0, 16)}`;
    expect({ status, body }).toEqual({ status: 200, body: { ...native, Instance: id } });
    const coordination = await application.coordination();
    const [instance] = await coordination.list("/skylark/default/services/grading");
    const address = grading.url.replace("http:", "tcp:");
    expect(instance).toMatchObject({ value: { id, address, protocol: "skylark", version: "1.2.0", url: grading.url } });
    await grading.until(() => grading.heartbeats > 0);
  });

  it("REG-2.5 a registration survives the registry", async () => {
    const world = new World();
    await world.coordination();
    const first = await world.registry();
    const grading = await world.program("grading");
    await first.add(grading);
    await first.application.close();
    expect(await world.listed()).toContain(`grading ${grading.url}`);
  });

  it("REG-HTTP-4 refuses a URL that is registered already with 409, and says what to do", async () => {
    const world = new World();
    const { post, add } = await world.registry({ heartbeat: { intervalMs: 60_000 } });
    const portal = await world.program("portal", ["grading"]);
    await add(portal);
    for (const body of [
      portal.registration,
      { ...portal.registration, ServiceName: "other", ServiceURL: `${portal.url}/` },
    ]) {
      const again = await post(body);
      expect(again.status).toBe(409);
      expect(again.body).toEqual(refused("already_exists", /DELETE .services/));
    }
    expect(await world.listed()).toEqual([expect.stringContaining("portal"), expect.stringContaining("registry")]);
  });

  it("takes one of many at once, and no other", async () => {
    const world = new World();
    const registries = [await world.registry(), await world.registry()];
    const portal = await world.program("portal", ["a", "b"]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (registries[n % 2] as (typeof registries)[0]).post(portal.registration)),
    );
    const count = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
    expect([count(200), count(409)]).toEqual([1, 19]);
    expect((await world.listed()).filter((each) => each.startsWith("portal"))).toHaveLength(1);
  });

  it("REG-HTTP-4 replaces a registration that is marked down, whatever it required", async () => {
    const world = new World();
    const { add, registry, application } = await world.registry({ heartbeat });
    const portal = await world.program("portal", ["grading", "log"]);
    await add(portal);
    await portal.patched(1);
    portal.onHeartbeat = (_request, response) => response.writeHead(500).end();
    await until(() => registry.participants()[0]?.mark !== null);
    const again: PlainProgram = Object.assign(portal, { requires: ["grading", "queue"] });
    await add(again);
    again.onHeartbeat = undefined;
    await again.patched(2);
    await until(() => registry.participants()[0]?.health === "well"); // it may have been marked once more meanwhile
    await until(() => registry.participants()[0]?.mark === null);
    const coordination = await application.coordination();
    for (const [name, consumers] of [
      ["grading", 1],
      ["log", 0],
      ["queue", 1],
    ] as const) {
      expect(await coordination.list(`/skylark/default/consumers/${name}`)).toHaveLength(consumers);
    }
    expect(await coordination.list("/skylark/default/overrides/portal")).toEqual([]);
    expect((await world.listed()).filter((each) => each.startsWith("portal"))).toHaveLength(1);
  });

  it("REG-HTTP-7 refuses what is no registration with a clear 4xx, and nothing is registered", async () => {
    const world = new World();
    const { url } = await world.registry();
    const headers = { "content-type": "application/json" };
    for (const [body, status, words] of [
      ["{", 400, /JSON/],
      ["[]", 400, /no JSON object/],
      ["", 400, /no JSON object/],
      [Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400, /UTF-8/],
      ['{"__proto__":{"ServiceName":"x"}}', 400, /__proto__/],
      ["[".repeat(100_000), 400, /levels/],
      ["{}", 400, /ServiceName is missing.*HeartbeatURL is missing/],
      [`"${"x".repeat(1024 * 1024)}"`, 413, /longer than/],
    ] as const) {
      const answer = await answered(await fetch(url, { method: "POST", body, headers }));
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual(refused(status === 413 ? "resource_exhausted" : "invalid_argument", words));
    }
    expect(await world.listed()).toEqual([expect.stringMatching(/^registry/)]);
  });

  it("refuses what does not call itself JSON: no page of another site can send that unasked", async () => {
    const world = new World();
    const { post } = await world.registry();
    const portal = await world.program("portal");
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "nonsense"]) {
      expect(await post(portal.registration, { "content-type": type })).toMatchObject({
        status: 415,
        body: refused("invalid_argument"),
      });
    }
  });
});

describe("DELETE /services", () => {
  it("REG-2.2 REG-HTTP-5 takes out who is registered under the URL that is its body, with all that was written for it", async () => {
    const world = new World();
    const registry = await world.registry();
    const portal = await world.program("portal", ["grading"]);
    await registry.add(portal);
    const answer = await registry.delete(`${portal.url.toUpperCase().replace("HTTP", "http")}/\n`);
    expect(answer).toMatchObject({ status: 200, body: { ServiceName: "portal", ServiceURL: portal.url } });
    const coordination = await world.coordination();
    for (const parent of ["services/portal", "consumers/grading", "overrides/portal", "participants"]) {
      expect(await coordination.list(`/skylark/default/${parent}`)).toEqual([]);
    }
    await registry.add(portal);
  });

  it("answers 404 to a URL that nobody registered, and 400 to what is none", async () => {
    const world = new World();
    const registry = await world.registry();
    expect(await registry.delete("http://127.0.0.1:1")).toMatchObject({ status: 404, body: refused("not_found") });
    for (const body of ["", "portal", "file:///etc/passwd", "x".repeat(2000)]) {
      expect(await registry.delete(body)).toMatchObject({ status: 400, body: refused("invalid_argument") });
    }
    expect(await registry.delete("x".repeat(1024 * 1024 + 1))).toMatchObject({ status: 413 });
  });
});

describe("/services", () => {
  it("REG-HTTP-6 lists what can be reached by HTTP, for people", async () => {
    const world = new World();
    const { url, add, application } = await world.registry();
    const portal = await world.program("portal", ["grading"]);
    await world.native("grading", "http://127.0.0.1:41001");
    await add(portal);
    await portal.patched(1);
    const { body, headers } = await answered(await fetch(url));
    expect(headers.get("content-type")).toBe("application/json");
    expect(body).toEqual({
      Services: [
        { Name: "grading", URL: "http://127.0.0.1:41001", Protocol: "skylark", State: "up", RequiredServices: [] },
        { Name: "portal", URL: portal.url, Protocol: "http", State: "up", RequiredServices: ["grading"] },
        { Name: "registry", URL: application.url, Protocol: "skylark", State: "up", RequiredServices: [] },
      ],
    });
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
  });

  it("REG-HTTP-7 answers 405 with Allow to every other method, and 404 elsewhere", async () => {
    const world = new World();
    const { url } = await world.registry();
    for (const method of ["PUT", "PATCH", "OPTIONS"]) {
      const answer = await answered(await fetch(url, { method }));
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toBe("GET, HEAD, POST, DELETE");
      expect(answer.body).toEqual(refused("unimplemented", /does not take/));
    }
    expect((await fetch(`${url}/more`, { method: "POST", body: "{}" })).status).toBe(404);
  });
});
