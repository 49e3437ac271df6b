import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../src/failure.js";
import { durationMs, systemSettings } from "../src/options/global-options.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sky-options-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("where a command looks", () => {
  it("is where any program would look when nothing is said", () => {
    expect(systemSettings({}, {}, folder)).toEqual({
      coordination: "embedded",
      cluster: "default",
      home: undefined,
      timeoutMs: 5000,
      logLevel: undefined,
    });
  });

  it("CONF-2.1 is said by the file, over it by the environment, over that by flags", () => {
    const file = { general: { cluster: "from-file", timeoutMs: "1s", region: "eu" } };
    writeFileSync(join(folder, "skylark.config.json"), JSON.stringify(file));
    expect(systemSettings({}, {}, folder)).toMatchObject({ cluster: "from-file", timeoutMs: 1000 });
    const env = { SKYLARK_CLUSTER: "from-env", SKYLARK_TIMEOUT_MS: "2s", SKYLARK_LOG_LEVEL: "debug" };
    expect(systemSettings({}, env, folder)).toMatchObject({ cluster: "from-env", timeoutMs: 2000, logLevel: "debug" });
    const flags = { cluster: "from-flag", timeout: 3000 };
    expect(systemSettings(flags, env, folder)).toMatchObject({ cluster: "from-flag", timeoutMs: 3000 });
  });

  it("is a folder as the working folder sees it", () => {
    expect(systemSettings({ home: "state" }, {}, folder).home).toBe(join(folder, "state"));
    expect(systemSettings({ home: "/var/lib/sky" }, {}, folder).home).toBe("/var/lib/sky");
  });

  it("is a usage error where it is said wrongly, naming the flag", () => {
    expect(() => systemSettings({ cluster: "a/b" }, {}, folder)).toThrow(UsageError);
    expect(() => systemSettings({ cluster: "a/b" }, {}, folder)).toThrow(
      /"cluster" is given as "a\/b" by flag --cluster/,
    );
    expect(() => systemSettings({}, { SKYLARK_COORDINATION: "mysql://x" }, folder)).toThrow(/SKYLARK_COORDINATION/);
  });
});

describe("a time on the command line", () => {
  it("is written with its unit, or in milliseconds", () => {
    expect(["500", "500ms", "2s", "1.5m"].map(durationMs)).toEqual([500, 500, 2000, 90_000]);
  });

  it.each(["", "0", "soon", "-1s", "25h"])("is refused where it is none, or none that is meant: %j", (text) => {
    expect(() => durationMs(text)).toThrow(UsageError);
  });
});
