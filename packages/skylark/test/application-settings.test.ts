import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSystem } from "@skylark/discovery/internal";
import { Application, type ApplicationOptions, serve } from "skylark";
import { afterEach, describe, expect, it, vi } from "vitest";
import { World } from "./world.js";

const greeter = { greet: async () => "hello" };

/** A settings file that processes started from now on read. */
function settingsFile(world: World, content: unknown): void {
  const path = join(world.home, "skylark.config.json");
  writeFileSync(path, JSON.stringify(content));
  vi.stubEnv("SKYLARK_CONFIG", path);
}

afterEach(() => void vi.unstubAllEnvs());

function startOf(options: ApplicationOptions): () => Application {
  return () => new Application({ log: () => {}, ...options });
}

describe("the settings of an application", () => {
  it("CONF-2.2 come from the file's general section, that of its service, and that of its version, the closest first", async () => {
    const world = new World();
    settingsFile(world, {
      general: { region: "eu", zone: "a", weight: 10 },
      services: { greeter: { zone: "b", weight: 20 }, "greeter@1.2.0": { weight: 30 }, other: { region: "us" } },
    });
    const application = world.application({ name: "greeter", version: "1.2.0" });
    await serve("greeter", greeter, { application, version: "1.2.0" });
    const { services } = await readSystem(await application.coordination(), "default");
    expect(services[0]?.instances[0]).toMatchObject({ region: "eu", zone: "b", weight: 30 });
    expect(application.settingOrigins["weight"]).toMatchObject({
      value: 30,
      from: "file",
      where: expect.stringContaining("skylark.config.json#services.greeter@1.2.0.weight"),
    });
  });

  it("CONF-2.1 are won by the environment over the file, and by code over both", () => {
    const world = new World();
    settingsFile(world, { general: { region: "file", zone: "file", timeoutMs: "2s" } });
    vi.stubEnv("SKYLARK_REGION", "environment");
    vi.stubEnv("SKYLARK_ZONE", "environment");
    const { settings } = world.application({ settings: { region: "code" } });
    expect(settings.values).toMatchObject({ region: "code", zone: "environment", timeoutMs: 2000 });
  });

  it("CONF-2.5 that are wrong stop the start; all of them are named, with their origin and what is allowed", () => {
    const world = new World();
    settingsFile(world, { general: { port: -1 } });
    vi.stubEnv("SKYLARK_TIMEOUT_MS", "soon");
    expect(startOf({})).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        reason: "SETTING",
        details: expect.objectContaining({ key: "port" }),
        message: expect.stringMatching(/"port".*-1.*skylark\.config\.json.*"timeoutMs".*"soon".*SKYLARK_TIMEOUT_MS/s),
      }),
    );
  });

  it("that nobody knows, but look like one, stop the start and are named", () => {
    const world = new World();
    settingsFile(world, { general: { regoin: "eu" } });
    expect(startOf({})).toThrow('regoin is not a setting: did you mean "region"?');
  });

  it("that are its program's own may stand beside them", () => {
    const world = new World();
    settingsFile(world, { general: { region: "eu" }, services: { greeter: { politeness: 11 } } });
    expect(world.application({ name: "greeter" }).settings.values.region).toBe("eu");
  });
});

describe("the name of an application", () => {
  it("is that of the first service it serves, where it was given none", async () => {
    const application = new World().application();
    expect(application.name).toBe("anonymous");
    await serve("greeter", greeter, { application });
    await serve("other", greeter, { application });
    expect(application.name).toBe("greeter");
  });
});
