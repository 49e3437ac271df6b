import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { application } from "skylark";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { until } from "./support/system.js";

// the examples of the pages, run as they stand there: by the process's own application

const home = mkdtempSync(join(tmpdir(), "skylark-logs-documented-"));

beforeAll(() => {
  vi.stubEnv("SKYLARK_HOME", home);
  vi.stubEnv("SKYLARK_LOG_LEVEL", "error");
  vi.stubEnv("LOG_FOLDER", join(home, "log"));
});

afterAll(async () => {
  await application().close();
  rmSync(home, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

describe("the pages", () => {
  it.each(["packages/logs/README.md", "docs/guides/logs.md"])("%s shows nothing that is not run here", (page) => {
    const folder = new URL("documented/", import.meta.url);
    const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    const text = readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8");
    const shown = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) => block.trim());
    expect(shown.length).toBeGreaterThan(0);
    for (const block of shown)
      expect(
        sources.some((source) => source.includes(block)),
        `runs nowhere:\n${block}`,
      ).toBe(true);
  });
});

describe("the examples", () => {
  it("keep lines, send them, and find them", async () => {
    await import("./documented/service.js");
    const { redirection } = await import("./documented/program.js");
    await until(() => redirection.waiting === 0);
    const { worst } = await import("./documented/reader.js");
    expect(await worst(new Date(Date.now() - 60_000))).toEqual(["given up"]);
  });
});
