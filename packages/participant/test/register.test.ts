import { createServer } from "node:http";
import { SkylarkError } from "@skylark/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { register } from "../src/index.js";
import { Program } from "./program.js";
import { SmallRegistry } from "./small-registry.js";

let registry: SmallRegistry;
let program: Program;

beforeEach(async () => {
  registry = await SmallRegistry.open();
  program = await Program.listening();
});

afterEach(async () => {
  await program[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const portal = (more: object = {}) => ({ name: "portal", server: program.server, registry: registry.url, ...more });
const grading = { Name: "grading", URL: "http://127.0.0.1:6000" };
const text = async (path: string, init?: RequestInit): Promise<string> => {
  const response = await fetch(program.url + path, init);
  return `${response.status} ${await response.text()}`;
};

describe("a participant", () => {
  it("REG-2.7 registers, answers heartbeat and patches on the program's own server, and knows providers by heart", async () => {
    const { providers, provider, unregister } = await register(portal({ requires: ["grading"] }));
    const { url } = program;
    expect([...registry.registered.values()]).toEqual([
      {
        ServiceName: "portal",
        ServiceURL: url,
        RequiredServices: ["grading"],
        ServiceUpdateURL: `${url}/services`,
        HeartbeatURL: `${url}/heartbeat`,
      },
    ]);
    expect(await text("/heartbeat")).toBe("200 ");
    expect(providers("grading")).toEqual([]);
    expect(await registry.patch("portal", { Added: [grading], Removed: null })).toEqual([200, ""]);
    expect(providers("grading")).toEqual([grading.URL]);
    expect(provider("grading")).toBe(grading.URL);
    await unregister();
    expect(registry.registered.size).toBe(0);
  });

  it("leaves all other requests to the program, whatever listeners come and go, and everything once it left", async () => {
    const participant = await register(portal({ updatePath: "/patches", heartbeatPath: "/alive" }));
    expect(await text("/")).toBe("200 the program");
    expect(await text("/services?x")).toBe("200 the program");
    expect(await text("/alive?now")).toBe("200 ");
    let heard = 0;
    program.server.on("request", () => heard++);
    expect(await text("/alive")).toBe("200 ");
    expect(await text("/heartbeat")).toBe("200 the program");
    expect(heard).toBe(1);
    await participant.unregister();
    expect(await text("/alive")).toBe("200 the program");
    expect(Object.hasOwn(program.server, "emit")).toBe(false);
  });

  it("REG-2.6 is refused while its server does not listen, and the registry hears nothing", async () => {
    const server = createServer();
    await expect(register(portal({ server, url: "http://127.0.0.1:1" }))).rejects.toThrow(/does not listen yet/);
    expect(registry.asked).toEqual([]);
  });

  it("is one per server; a second one is refused, and does not disturb the first", async () => {
    await using first = await register(portal());
    await expect(register(portal({ name: "other" }))).rejects.toMatchObject({ code: "failed_precondition" });
    expect(registry.asked).toEqual(["POST portal"]);
    expect(await text("/heartbeat")).toBe("200 ");
    await first.unregister();
    await using second = await register(portal({ name: "other" }));
    expect(second.name).toBe("other");
  });

  it("replaces an earlier start of itself, which was killed without a word", async () => {
    await using _first = await register(portal());
    const stale = { ...registry.registered.get(program.url), RequiredServices: ["other"] };
    registry.registered.set(program.url, stale as never);
    await using again = await Program.listening();
    await using _second = await register(portal({ server: again.server, url: program.url, requires: ["grading"] }));
    expect(registry.asked.slice(1)).toEqual(["POST portal", `DELETE ${program.url}`, "POST portal"]);
    expect(registry.registered.get(program.url)?.RequiredServices).toEqual(["grading"]);
  });

  it.each([
    [{ url: "file:///etc" }, /no http/],
    [{ url: "127.0.0.1:5000" }, /no http/],
    [{ registry: "127.0.0.1:3000" }, /no registry/],
    [{ registry: "unix:///run/registry" }, /no registry/],
    [{ updatePath: "services" }, /updatePath "services"/],
    [{ heartbeatPath: "//elsewhere/heartbeat" }, /heartbeatPath/],
    [{ updatePath: "/heartbeat" }, /say two/],
  ])("is refused with options that cannot be right: %j", async (wrong, message) => {
    await expect(register(portal(wrong))).rejects.toThrow(message);
    expect(registry.asked).toEqual([]);
  });

  it("is asked for its URL where the server listens on all addresses", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    await using everywhere = new Program(server);
    await expect(register(portal({ server: everywhere.server }))).rejects.toThrow(/all addresses: say url/);
  });

  it("leaves when its server is closed", async () => {
    const { url } = await register(portal());
    await program[Symbol.asyncDispose]();
    await registry.wasAsked(2);
    expect(registry.asked).toEqual(["POST portal", `DELETE ${url}`]);
  });
});

describe("what it knows", () => {
  it("is told on change, once for each, until it is no longer wanted; a listener's fault is logged and costs nothing", async () => {
    const said: string[] = [];
    const log = (level: string, message: string): void => void said.push(`${level} ${message}`);
    await using participant = await register(portal({ requires: ["grading"], log }));
    const heard: unknown[] = [];
    participant.onChange(() => {
      throw new Error("dropped");
    });
    const end = participant.onChange((change) => heard.push(change));
    await registry.patch("portal", { Added: [grading, { ...grading, Name: "unasked" }] });
    await registry.patch("portal", { Added: [grading], Removed: [] });
    await registry.patch("portal", { Removed: [grading] });
    end();
    await registry.patch("portal", { Added: [grading] });
    const known = { name: "grading", url: grading.URL };
    expect(heard).toEqual([
      { added: [known], removed: [] },
      { added: [], removed: [known] },
    ]);
    expect(said).toEqual(Array(3).fill("error a listener of changed providers failed: dropped"));
  });

  it("is nothing while there is no instance: the one that was asked for is unavailable", async () => {
    await using participant = await register(portal({ requires: ["grading"] }));
    expect(() => participant.provider("grading")).toThrow(
      expect.objectContaining({ code: "unavailable", reason: "NO_INSTANCE" }),
    );
    expect(() => participant.providers("log")).toThrow(/"log" is not required/);
  });

  it("is picked from at random", async () => {
    await using participant = await register(portal({ requires: ["grading"] }));
    const urls = [6000, 6001, 6002].map((port) => `http://127.0.0.1:${port}`);
    await registry.patch("portal", { Added: urls.map((URL) => ({ Name: "grading", URL })) });
    const picked = new Set(Array.from({ length: 200 }, () => participant.provider("grading")));
    expect([...picked].toSorted()).toEqual(urls);
  });
});

describe("a patch that cannot be taken", () => {
  const refusal = (code: string, message: RegExp) => ({
    error: expect.objectContaining({ code, message: expect.stringMatching(message) }),
  });

  it.each([
    ["{", {}, 400, "invalid_argument", /JSON in UTF-8/],
    ["", {}, 400, "invalid_argument", /JSON/],
    [Uint8Array.of(0x22, 0xff, 0x22), {}, 400, "invalid_argument", /UTF-8/],
    ["[]", {}, 400, "invalid_argument", /JSON object/],
    [JSON.stringify({ Added: [{ Name: "grading" }] }), {}, 400, "invalid_argument", /Added\[0\]\.URL/],
    ["{}", { "content-type": "text/plain" }, 415, "invalid_argument", /application\/json/],
    ["{}", { origin: "http://evil.example" }, 403, "permission_denied", /browser/],
    [" ".repeat(1024 * 1024 + 1), {}, 413, "resource_exhausted", /1048576 bytes/],
  ])("is answered in the error shape: %.20j %j → %d", async (body, headers, status, code, message) => {
    await using participant = await register(portal({ requires: ["grading"] }));
    const [answered, said] = await registry.patch("portal", body, headers);
    expect([answered, JSON.parse(said)]).toEqual([status, refusal(code, message)]);
    expect(participant.providers("grading")).toEqual([]);
  });

  it("is refused as a whole where one pair of it is wrong", async () => {
    await using participant = await register(portal({ requires: ["grading"] }));
    expect((await registry.patch("portal", { Added: [grading, 7] }))[0]).toBe(400);
    expect(participant.providers("grading")).toEqual([]);
  });

  it("is cut off once it is too long, also where nobody said how long it is", async () => {
    await using _participant = await register(portal());
    const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(65_536).fill(32)) });
    const sent = fetch(`${program.url}/services`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: endless,
      duplex: "half",
    });
    // the answer, or a connection that ends under it: not an endless read
    expect(
      await sent.then(
        ({ status }) => status,
        () => 413,
      ),
    ).toBe(413);
  });

  it("is told what is to be asked here where the method is another", async () => {
    await using _participant = await register(portal());
    for (const [path, method, allow] of [
      ["/services", "GET", "POST"],
      ["/heartbeat", "POST", "GET, HEAD"],
    ] as const) {
      const response = await fetch(program.url + path, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
      expect(await response.json()).toEqual(refusal("unimplemented", /here is only/));
    }
  });

  it("of too many instances is refused", async () => {
    await using _participant = await register(portal({ requires: ["grading"] }));
    const many = Array.from({ length: 10_001 }, (_, index) => ({ Name: "grading", URL: `http://h:${index}` }));
    expect((await registry.patch("portal", { Added: many }))[0]).toBe(429);
  });
});

it("everything that fails is a SkylarkError", async () => {
  const thrown: unknown = await register(portal({ url: "no" })).catch((each: unknown) => each);
  expect(SkylarkError.is(thrown, "invalid_argument")).toBe(true);
});
