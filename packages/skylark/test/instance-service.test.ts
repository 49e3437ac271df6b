import { connect, defineService, defineSettings, loadSettings, SkylarkError, serve, setting } from "skylark";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { instanceClient } from "./instance-client.js";
import { World } from "./world.js";

const Grading = defineService("grading", {
  version: "1.2.0",
  methods: {
    students: { output: z.array(z.string()), idempotent: true, description: "All students, by name." },
    addGrade: { input: z.object({ id: z.number(), grade: z.number().default(50) }), output: z.string() },
    born: { output: z.date() },
    ring: {},
  },
});

const handlers = {
  students: () => ["Ada"],
  addGrade: () => "added",
  born: () => new Date(0),
  ring: () => {},
};

describe("what every process tells of itself", () => {
  it("counts calls by service and method, whichever way they came, and says how it is", async () => {
    const world = new World();
    const provider = world.application({ name: "campus" });
    const refusing = { ...handlers, born: () => Promise.reject(new SkylarkError("not_found", "nobody was")) };
    await serve(Grading, refusing, { application: provider });
    const grading = await connect(Grading, { application: world.application({ name: "portal" }) });
    for (let time = 0; time < 3; time++) await grading.students();
    await grading.born().catch(() => {});
    const asker = instanceClient(provider);
    const first = await asker.functions.figures();
    const second = await asker.functions.figures();
    asker.close();
    expect(first).toMatchObject({
      instance: provider.instance,
      connections: 2,
      memory: { rssBytes: expect.any(Number), heapUsedBytes: expect.any(Number) },
      eventLoopDelay: { sumMs: 0, buckets: [] }, // watched from now on
    });
    expect(new Date(first.since).getTime()).toBeLessThanOrEqual(Date.now());
    expect(second.uptimeMs).toBeGreaterThan(first.uptimeMs);
    const methods = Object.fromEntries(
      first.services.map(({ name, methods }) => [name, Object.fromEntries(methods.map((each) => [each.name, each]))]),
    );
    expect(methods["grading"]?.["students"]).toMatchObject({ started: 3, succeeded: 3, failures: {} });
    expect(methods["grading"]?.["born"]).toMatchObject({ started: 1, succeeded: 0, failures: { not_found: 1 } });
    expect(methods["grading"]?.["ring"]).toMatchObject({ started: 0 });
    expect(methods["skylark.instance"]?.["figures"]).toMatchObject({ started: 1, succeeded: 0 }); // this very call
  });

  it("RPC-14.1 lists its services and their methods, with shape, idempotence, description and schema", async () => {
    const world = new World();
    const provider = world.application({ name: "campus" });
    await serve(Grading, handlers, { application: provider });
    await serve("notes", { note: async () => {} }, { application: provider, version: "nightly", idempotent: ["note"] });
    const asker = instanceClient(provider);
    const described = await asker.functions.describe();
    asker.close();
    expect(described).toMatchObject({
      instance: provider.instance,
      name: "campus",
      pid: process.pid,
      node: process.version,
      connections: 1,
    });
    expect(new Date(described.startedAt).getTime()).toBeLessThanOrEqual(Date.now());
    expect(described.services.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "skylark.instance 1",
      "grading 1.2.0",
      "notes nightly",
    ]);
    const [, grading, notes] = described.services;
    expect(grading?.methods).toEqual([
      {
        name: "students",
        shape: "unary",
        idempotent: true,
        description: "All students, by name.",
        input: undefined,
        output: expect.objectContaining({ type: "array", items: { type: "string" } }),
      },
      {
        name: "addGrade",
        shape: "unary",
        idempotent: false,
        description: undefined,
        // as the caller writes it: what has a default may be left out
        input: expect.objectContaining({ type: "object", required: ["id"] }),
        output: expect.objectContaining({ type: "string" }),
      },
      expect.objectContaining({ name: "born", output: undefined }), // a date has no JSON Schema
      expect.objectContaining({ name: "ring", input: undefined, output: undefined }),
    ]);
    expect(notes?.methods).toEqual([expect.objectContaining({ name: "note", idempotent: true, input: undefined })]);
  });

  it("answers a heartbeat on the port that callers use", async () => {
    const provider = new World().application();
    await serve(Grading, handlers, { application: provider });
    const asker = instanceClient(provider);
    expect(await asker.functions.heartbeat()).toBe("alive");
    asker.close();
  });

  it("CONF-2.4 shows each setting with its origin, those of its programs too, and no secret", async () => {
    const definition = defineSettings({
      pageSize: setting.integer({ default: 20, env: "GRADING_PAGE_SIZE" }),
      mailKey: setting.secret({ env: "GRADING_MAIL_KEY" }),
    });
    const env = { GRADING_PAGE_SIZE: "50", GRADING_MAIL_KEY: "hush" };
    const settings = loadSettings(definition, { service: "grading", env, argv: [] });
    const provider = new World().application({ settings: { region: "eu" } });
    const served = await serve(Grading, handlers, { application: provider, settings });
    const asker = instanceClient(provider);
    const shown = await asker.functions.settings();
    expect(shown).toMatchObject({
      region: { value: "eu", from: "code" },
      port: { value: 0, from: "default" },
      pageSize: { value: 50, from: "environment", where: "GRADING_PAGE_SIZE" },
      mailKey: { value: "••••", from: "environment", where: "GRADING_MAIL_KEY" },
    });
    expect(JSON.stringify(shown)).not.toContain("hush");
    await served.stop();
    expect(await asker.functions.settings()).not.toHaveProperty("pageSize");
    asker.close();
  });

  it("drains all its services when asked, answers with the receipts, and then closes its part in the system", async () => {
    const world = new World();
    const provider = world.application();
    await serve(Grading, handlers, { application: provider });
    await serve("notes", { note: async () => {} }, { application: provider });
    const consumer = world.application();
    await (await connect(Grading, { application: consumer })).students();
    const asker = instanceClient(provider);
    const receipts = await asker.functions.drain();
    asker.close();
    expect(receipts.map(({ services }) => services.join()).toSorted()).toEqual(["grading", "notes"]);
    for (const { told, acknowledged, abandoned } of receipts) {
      expect({ acknowledged, abandoned }).toEqual({ acknowledged: told, abandoned: 0 });
    }
    expect(await provider.closed()).toEqual([]); // they had left before
    await expect(serve("late", { note: async () => {} }, { application: provider })).rejects.toMatchObject({
      code: "failed_precondition",
    });
    expect(world.complaints()).toEqual([]);
  });
});
