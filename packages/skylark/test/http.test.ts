import { connect as dial, type Socket } from "node:net";
import { deferred } from "@skylark/core/internal";
import { readSystem } from "@skylark/discovery/internal";
import { sendJson } from "@skylark/http";
import { Application, call, connect, defineService, requestId, serve } from "skylark";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { World } from "./world.js";

const greeter = { greet: async (name: string) => `Hello, ${name}` };

interface Health {
  readonly services: readonly { readonly state: string }[];
}

/** A request on a connection of its own, and all that came of it. `answered` is told when something comes. */
async function exchange(url: string | undefined, request: string, answered = (): void => {}): Promise<string> {
  const { hostname, port } = new URL(url ?? "");
  const socket: Socket = dial({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  socket.write(request);
  let heard = "";
  for await (const chunk of socket) {
    heard += String(chunk);
    answered();
  }
  return heard;
}

async function post(url: string | undefined, path: string, body?: unknown): Promise<Response> {
  return await fetch(`${url}${path}`, {
    method: "POST",
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
}

describe("an application by HTTP", () => {
  it("RPC-9.1 RPC-9.4 answers for what it serves, on the port that clients call", async () => {
    const world = new World();
    const application = world.application();
    const { address } = await serve("greeter", greeter, { application });
    expect(application.url).toBe(address.replace("tcp:", "http:"));
    expect(await (await post(application.url, "/greeter/greet", ["Ada"])).json()).toBe("Hello, Ada");
    const client = await connect<typeof greeter>("greeter", { application: world.application() });
    expect(await client.greet("Bob")).toBe("Hello, Bob");
    expect(await (await fetch(`${application.url}/healthz`)).json()).toEqual({
      status: "serving",
      instance: application.instance,
      services: [{ name: "greeter", version: "0.0.0", state: "serving" }],
    });
  });

  it("RPC-9.2 HTTP-GET-1 keeps contracts, and streams", async () => {
    const world = new World();
    const application = world.application();
    const Counter = defineService("counter", {
      version: "1",
      methods: {
        next: { input: z.object({ after: z.number() }), output: z.number() },
        reset: {},
        count: { input: z.number(), stream: z.number() },
        square: { input: z.object({ of: z.coerce.number() }), output: z.number(), idempotent: true, http: "GET" },
      },
    });
    const handlers = {
      next: ({ after }: { after: number }) => after + 1,
      reset: () => {},
      square: ({ of }: { of: number }) => of * of,
      async *count(upTo: number) {
        for (let number = 1; number <= upTo; number++) yield number;
      },
    };
    await serve(Counter, handlers, { application });
    const { url } = application;
    expect(await (await post(url, "/counter/next", { after: 4 })).json()).toBe(5);
    expect((await post(url, "/counter/next", { after: "4" })).status).toBe(400);
    expect(await (await fetch(`${url}/counter/square?of=12`)).json()).toBe(144);
    expect((await fetch(`${url}/counter/square?of=twelve`)).status).toBe(400);
    expect((await fetch(`${url}/counter/next?after=4`)).status).toBe(405);
    expect((await post(url, "/counter/reset")).status).toBe(204);
    expect((await post(url, "/counter/reset", {})).status).toBe(400);
    expect(await (await post(url, "/counter/count", 3)).text()).toBe("1\n2\n3\n");
    expect((await post(url, "/counter/count", "3")).status).toBe(400);
  });

  it("HTTP-HEALTH-2 OPS-5.3 is ready once it is listed, and not while it is out of rotation", async () => {
    const world = new World();
    const application = world.application();
    const ready = async (): Promise<unknown> => {
      const answer = await fetch(`${application.url}/readyz`);
      return [answer.status, ((await answer.json()) as { reasons: unknown }).reasons];
    };
    let seen: unknown;
    const look = async (): Promise<void> => void (seen = await ready());
    const served = await serve("greeter", greeter, { application, lifecycle: { started: look, unregistered: look } });
    expect(seen).toEqual([503, ['"greeter" is not listed yet: the store has not confirmed it']]);
    expect(await ready()).toEqual([200, []]);
    await served.unregister();
    await expect.poll(ready).toEqual([503, ['"greeter" is out of rotation']]);
    await served.register();
    await expect.poll(ready).toEqual([200, []]);
    await served.stop();
    await expect.poll(() => seen).toEqual([503, ['"greeter" is leaving']]);
  });

  it("is listed with where it is had", async () => {
    const world = new World();
    const application = world.application();
    await serve("greeter", greeter, { application });
    const off = world.application({ settings: { http: false } });
    await serve("writer", greeter, { application: off });
    const { services } = await readSystem(await application.coordination(), "default");
    const urls = services.map(({ name, instances }) => [name, instances.map(({ url }) => url)]);
    expect(urls).toEqual([
      ["greeter", [application.url]],
      ["writer", [undefined]],
    ]);
  });

  it("carries deadline and id of a request to what its handlers call", async () => {
    const world = new World();
    const back = world.application();
    const inner = { look: async () => [call().remainingMs <= 3000, requestId()] };
    await serve("back", inner, { application: back });
    const front = world.application();
    const client = await connect<typeof inner>("back", { application: front });
    await serve("front", { ask: () => client.look() }, { application: front });
    front.mount("/page", async (_, response) => sendJson(response, 200, (await client.look())[1]));
    const headers = { "skylark-timeout-ms": "3000", "x-request-id": "order-66" };
    const answer = await fetch(`${front.url}/front/ask`, { method: "POST", headers });
    expect(await answer.json()).toEqual([true, "order-66"]);
    expect(await (await fetch(`${front.url}/page`, { headers })).json()).toBe("order-66");
  });

  it("HTTP-BROWSER-2 lets pages of other origins in that a setting names", async () => {
    const world = new World();
    const application = world.application({ settings: { httpOrigins: ["https://console.example"] } });
    await application.listen();
    const status = async (origin: string): Promise<number> =>
      (await fetch(`${application.url}/healthz`, { headers: { origin } })).status;
    expect(await status("https://console.example")).toBe(200);
    expect(await status("https://evil.example")).toBe(403);
  });

  it("is silent where HTTP is switched off: such a connection is closed, and the log says so", async () => {
    const world = new World();
    const application = world.application({ settings: { http: false } });
    const { address } = await serve("greeter", greeter, { application });
    expect(application.url).toBeUndefined();
    expect(await exchange(address.replace("tcp:", "http:"), "GET /healthz HTTP/1.1\r\n\r\n")).not.toContain("HTTP");
    expect(world.complaints("warn")).toEqual([expect.stringContaining('it began with "GET /healthz')]);
    expect(() => application.mount("/x", () => {})).toThrow(
      expect.objectContaining({ code: "failed_precondition", message: expect.stringContaining("SKYLARK_HTTP") }),
    );
  });
});

describe("what an application mounts", () => {
  it("is answered for by an application that serves nothing else, and needs no store", async () => {
    const world = new World();
    const application = world.application({
      settings: { coordination: "zookeeper://127.0.0.1:1", host: "0.0.0.0", advertise: "127.0.0.1" },
    });
    application.mount("/before", (_, response) => sendJson(response, 200, "before"));
    const address = await application.listen();
    expect(await application.listen()).toBe(address);
    application.mount("/after", (_, response) => sendJson(response, 200, "after"));
    expect(application.url).toBe(address.replace("tcp:", "http:"));
    expect(await (await fetch(`${application.url}/before`)).json()).toBe("before");
    expect(await (await fetch(`${application.url}/after`)).json()).toBe("after");
  });

  it("stands at one path once", async () => {
    const world = new World();
    const application = world.application();
    const takeBack = application.mount("/log", () => {});
    expect(() => application.mount("/log", () => {})).toThrow(expect.objectContaining({ code: "already_exists" }));
    takeBack();
    application.mount("/log", (_, response) => sendJson(response, 200, "again"));
    await application.listen();
    expect(await (await fetch(`${application.url}/log`)).json()).toBe("again");
  });

  it("cannot be added, nor the port opened, once the application has closed", async () => {
    const world = new World();
    const application = world.application();
    await application.close();
    expect(() => application.mount("/log", () => {})).toThrow(expect.objectContaining({ code: "failed_precondition" }));
    await expect(application.listen()).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("is told which port is taken", async () => {
    const world = new World();
    const first = world.application();
    const { port } = new URL((await first.listen()).replace("tcp:", "http:"));
    const second = world.application({ settings: { port: Number(port) } });
    await expect(second.listen()).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining(`127.0.0.1:${port}: the address is taken`),
    });
  });
});

describe("an application that closes", () => {
  it("HTTP-END-1 HTTP-CALL-13 LOAD-7.4 says so, finishes its calls and its pages, which may still call others, and then ends", async () => {
    const world = new World();
    const backend = world.application();
    await serve("back", { value: async () => 42 }, { application: backend });
    const application = world.application();
    const back = await connect<{ value(): Promise<number> }>("back", { application });
    const [callGate, pageGate] = [deferred<string>(), deferred()];
    const [calling, paging] = [deferred(), deferred()];
    const held = {
      hold: () => {
        calling.resolve();
        return callGate.promise;
      },
    };
    await serve("held", held, { application });
    application.mount("/page", async (_, response) => {
      paging.resolve();
      await pageGate.promise;
      sendJson(response, 200, await back.value());
    });
    const { url } = application;
    const answers = [post(url, "/held/hold"), fetch(`${url}/page`)];
    await Promise.all([calling.promise, paging.promise]);

    const closing = application.close();
    let health: Health;
    do {
      const answer = await fetch(`${url}/healthz`);
      expect(answer.status).toBe(503);
      health = (await answer.json()) as Health;
    } while (health.services[0]?.state !== "leaving");
    callGate.resolve("done");
    const [called, paged] = answers as [Promise<Response>, Promise<Response>];
    expect(await (await called).json()).toBe("done");
    expect((await called).headers.get("connection")).toBe("close");
    pageGate.resolve();
    expect(await (await paged).json()).toBe(42);
    expect(await closing).toMatchObject([{ services: ["held"], finished: 1, refused: 0, abandoned: 0 }]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow("fetch failed");
  });

  it("HTTP-END-1 gives up pages that are not done in time, and says how many", async () => {
    const world = new World();
    const application = world.application({ settings: { drainTimeoutMs: 50 } });
    const paging = deferred();
    application.mount("/never", () => paging.resolve());
    await application.listen();
    const heard = exchange(application.url, "GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await paging.promise;
    await application.close();
    expect(await heard).toBe("");
    expect(world.complaints("warn")).toEqual(["1 HTTP requests were not answered within 50 ms"]);
  });

  it("waits for nobody who keeps a connection for later", async () => {
    const world = new World();
    const application = world.application();
    await application.listen();
    const answered = deferred();
    const idle = exchange(application.url, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", answered.resolve);
    const silent = exchange(application.url, "");
    await answered.promise;
    await fetch(`${application.url}/healthz`); // whoever dialled before was let in before
    await application.close();
    expect(await idle).toContain("serving");
    expect(await silent).toBe("");
  });
});

it("takes care of a port of its own", async () => {
  const world = new World();
  await using application = new Application({ settings: { home: world.home }, log: () => {} });
  await application.listen();
  expect((await fetch(`${application.url}/healthz`)).status).toBe(200);
});
