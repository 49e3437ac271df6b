import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SkylarkError } from "@skylark/core";
import { defineSettings, type LoadSettingsOptions, loadSettings, type SettingFields, setting } from "skylark";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skylark-settings-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function writeSettings(content: unknown, name = "skylark.config.json"): void {
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
}

/** Loads with nothing of this process: only what the test gives. */
function load<F extends SettingFields>(fields: F, options: LoadSettingsOptions<F> = {}) {
  return loadSettings(defineSettings(fields), { folder, env: {}, argv: [], ...options });
}

function refusal(act: () => unknown): SkylarkError {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_argument", reason: "SETTING" });
    return error as SkylarkError;
  }
  throw new Error("nothing was refused");
}

const port = setting.integer({
  default: 0,
  min: 0,
  max: 65_535,
  env: "PORT",
  flag: "port",
  describe: "Where to listen.",
});

describe("the order of the sources", () => {
  const sources = {
    general: { port: 1 },
    services: { grading: { port: 2 }, "grading@1.2.0": { port: 3 }, portal: { port: 9 } },
  };
  const options = {
    service: "grading",
    version: "1.2.0",
    env: { PORT: "4" },
    argv: ["--port", "5"],
    code: { port: 6 },
  };

  it("CONF-2.1 CONF-2.2 is default, file from general to particular, environment, flag, code: the later wins", () => {
    const seen: unknown[] = [];
    const note = (given: LoadSettingsOptions<{ port: typeof port }>): void => {
      const { values, origins } = load({ port }, given);
      expect(origins.port.value).toBe(values.port);
      seen.push([values.port, origins.port.from, origins.port.where]);
    };
    note({});
    writeSettings(sources);
    note({});
    note({ service: "grading", version: "1.1.0" });
    note({ service: "grading", version: "1.2.0" });
    note({ ...options, argv: [], code: {} });
    note({ ...options, code: {} });
    note(options);
    expect(seen).toEqual([
      [0, "default", "default"],
      [1, "file", "skylark.config.json#general.port"],
      [2, "file", "skylark.config.json#services.grading.port"],
      [3, "file", "skylark.config.json#services.grading@1.2.0.port"],
      [4, "environment", "PORT"],
      [5, "flag", "--port"],
      [6, "code", "code"],
    ]);
  });

  it("is settled for each setting on its own", () => {
    writeSettings({ general: { name: "file" } });
    const fields = { name: setting.string({ default: "" }), size: setting.integer({ env: "SIZE" }), port };
    const { values, origins } = load(fields, { env: { SIZE: "7" } });
    expect(values).toEqual({ name: "file", size: 7, port: 0 });
    expect(Object.values(origins).map((each) => each.from)).toEqual(["file", "environment", "default"]);
  });

  it("takes an empty variable and an undefined in code for nothing said", () => {
    expect(load({ port }, { env: { PORT: "" }, code: { port: undefined } }).origins.port.from).toBe("default");
  });

  it("types the values by the definition", () => {
    const { values } = load({
      port,
      home: setting.string({ optional: true }),
      mode: setting.oneOf(["fast", "safe"], { default: "safe" }),
      limits: setting.schema(z.object({ most: z.number() }), { default: { most: 3 } }),
    });
    expectTypeOf(values.port).toEqualTypeOf<number>();
    expectTypeOf(values.home).toEqualTypeOf<string | undefined>();
    expectTypeOf(values.mode).toEqualTypeOf<"fast" | "safe">();
    expectTypeOf(values.limits).toEqualTypeOf<{ most: number }>();
    expect(values).toEqual({ port: 0, home: undefined, mode: "safe", limits: { most: 3 } });
  });
});

describe("a wrong value", () => {
  it("CONF-2.5 is refused with its key, itself, where it came from and what is allowed", () => {
    const error = refusal(() => load({ port }, { env: { PORT: "70000" } }));
    expect(error.details).toMatchObject({ key: "port" });
    expect(error.message).toBe(
      'setting "port" is given as "70000" by environment PORT: allowed is a whole number from 0 to 65535',
    );
  });

  it("CONF-2.5 is named wherever it stands, also where a later source overrides it, all of them at once", () => {
    writeSettings({ general: { port: "x", mode: "fsat" }, services: { grading: { port: -1 } } });
    const fields = {
      port,
      mode: setting.oneOf(["fast", "safe"], { default: "safe" }),
      name: setting.string({ env: "NAME" }),
    };
    const error = refusal(() =>
      load(fields, { service: "grading", env: { PORT: "1.5" }, argv: ["--port"], code: { port: 8 } }),
    );
    expect(error.details).toMatchObject({ key: "port" });
    expect((error.details as { problems: { key: string }[] }).problems.map((each) => each.key)).toEqual([
      "port",
      "port",
      "port",
      "port",
      "mode",
      "name",
    ]);
    expect(error.message.split("\n- ")).toEqual([
      "6 settings are wrong:",
      'setting "port" is given as "x" by file skylark.config.json#general.port: allowed is a whole number from 0 to 65535',
      'setting "port" is given as -1 by file skylark.config.json#services.grading.port: allowed is a whole number from 0 to 65535',
      'setting "port" is given as "1.5" by environment PORT: allowed is a whole number from 0 to 65535',
      'setting "port" is given without a value by flag --port: allowed is a whole number from 0 to 65535',
      'setting "mode" is given as "fsat" by file skylark.config.json#general.mode: allowed is one of "fast", "safe"',
      'setting "name" is missing: give it by the variable NAME, "name" in the settings file, code; allowed is a text',
    ]);
  });

  it("that is a secret is not shown, and neither is a right one", () => {
    const token = setting.secret({ env: "TOKEN" });
    const loaded = load({ token }, { env: { TOKEN: "hunter2" } });
    expect(loaded.values.token).toBe("hunter2");
    expect(JSON.stringify(loaded.origins)).not.toContain("hunter2");
    expect(loaded.origins.token).toEqual({ value: "••••", from: "environment", where: "TOKEN" });
    writeSettings({ general: { token: { key: "hunter2" } } });
    const error = refusal(() => load({ token }));
    expect(error.message).toContain('"••••"');
    expect(JSON.stringify(error.details) + error.message).not.toContain("hunter2");
  });
});

describe("the settings file", () => {
  it("may be missing, unless it was named", () => {
    expect(load({ port }).values.port).toBe(0);
    expect(refusal(() => load({ port }, { file: "own.json" })).message).toContain("own.json does not exist");
    const named = refusal(() => load({ port }, { env: { SKYLARK_CONFIG: "set.json" } }));
    expect(named.message).toContain("set.json, which SKYLARK_CONFIG names, does not exist");
  });

  it("is the one in code, else the one in SKYLARK_CONFIG, else skylark.config.json", () => {
    writeSettings({ general: { port: 1 } });
    writeSettings({ general: { port: 2 } }, "set.json");
    writeSettings({ general: { port: 3 } }, "own.json");
    const env = { SKYLARK_CONFIG: join(folder, "set.json") };
    expect(load({ port }).values.port).toBe(1);
    expect(load({ port }, { env }).values.port).toBe(2);
    expect(load({ port }, { env, file: "own.json" }).origins.port).toEqual({
      value: 3,
      from: "file",
      where: "own.json#general.port",
    });
  });

  it("that is not JSON is refused with line and column", () => {
    writeSettings('{\n  "general": {\n    "port": 1,\n  }\n}\n');
    const error = refusal(() => load({ port }));
    expect(error.message).toBe("skylark.config.json is not JSON: line 4, column 3 cannot stand there");
    expect(error.details).toMatchObject({ key: "skylark.config.json" });
  });

  it("CONF-2.6 must not have keys that nobody knows: the nearest name is suggested", () => {
    writeSettings({ generel: {}, general: { prot: 1 }, services: { grading: { somethingElse: 1 }, portal: { x: 1 } } });
    expect(refusal(() => load({ port }, { service: "grading" })).message.split("\n- ")).toEqual([
      "3 settings are wrong:",
      'skylark.config.json#generel is no section: did you mean "general"?',
      'skylark.config.json#general.prot is not a setting: did you mean "port"?',
      "skylark.config.json#services.grading.somethingElse is not a setting: take it out, or define it",
    ]);
  });

  it("may hold the framework's settings beside the program's, and those of other definitions that are named", () => {
    writeSettings({ general: { timeoutMs: "2s", port: 3 } });
    expect(load({ port }).values.port).toBe(3);
    const mail = defineSettings({ sender: setting.string({ default: "" }) });
    writeSettings({ general: { sender: "a@example.org" } });
    expect(load({ port }, { alongside: [mail] }).values.port).toBe(0);
    expect(refusal(() => load({ port }, { alongside: [] })).message).toContain("general.sender is not a setting");
  });

  it("with something else where an object belongs is refused", () => {
    for (const [content, where] of [
      [[], "skylark.config.json is []"],
      ["null", "skylark.config.json is null"],
      [{ services: 3 }, "skylark.config.json#services is 3"],
      [{ services: { grading: [1] } }, "skylark.config.json#services.grading is [1]"],
    ] as const) {
      writeSettings(content);
      expect(refusal(() => load({ port }, { service: "grading" })).message).toContain(
        `${where}: an object belongs there`,
      );
    }
  });

  it("cannot reach what every object inherits", () => {
    writeSettings('{"general":{"__proto__":{"port":4}},"services":{}}');
    expect(refusal(() => load({ port })).message).toContain("__proto__ is not a setting");
    writeSettings("{}");
    expect(load({ port }, { service: "toString", version: "1" }).values.port).toBe(0);
  });
});
