import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { application, type SkylarkError, serve } from "skylark";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

// the examples of the reference, run as they stand there: by the process's own application

const home = mkdtempSync(join(tmpdir(), "sky-"));

beforeAll(async () => {
  vi.stubEnv("SKYLARK_HOME", home);
  vi.stubEnv("SKYLARK_LOG_LEVEL", "warn");
  await import("./documented/provider.js");
});

afterAll(async () => {
  await application().close();
  rmSync(home, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const root = new URL("../../../", import.meta.url);
const pages = ["docs/reference/api.md", "packages/skylark/README.md"];

function textOf(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

function blocksOf(page: string): string[] {
  return [...textOf(page).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) => block.trim());
}

describe("the pages", () => {
  it.each(pages)("%s shows nothing that is not run here", (page) => {
    const folder = new URL("packages/skylark/test/documented/", root);
    const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    const shown = blocksOf(page);
    expect(shown.length).toBeGreaterThan(0);
    for (const block of shown) {
      expect(
        sources.some((source) => source.includes(block)),
        `runs nowhere:\n${block}`,
      ).toBe(true);
    }
  });

  it("name everything that the package exports", () => {
    const exported = textOf("packages/skylark/src/index.ts")
      .replaceAll(/from "[^"]+"/g, "")
      .match(/\b[A-Za-z]+\b/g)
      ?.filter((word) => word !== "export" && word !== "type");
    const text = textOf("docs/reference/api.md");
    for (const name of exported ?? []) expect(text, `${name} is nowhere told of`).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

describe("the examples", () => {
  it("serve a module, and call it", async () => {
    const { served } = await import("./documented/provider.js");
    expect(served).toMatchObject({ name: "grading", version: "1.2.0", status: "registered" });
    const { everybody } = await import("./documented/consumer.js");
    expect(everybody).toEqual([{ id: 1, name: "Ada", grades: [90] }]);
    const { report } = await import("./documented/report.js");
    expect(await report()).toEqual(["Ada: 90"]);
    const { addGrade } = await import("./documented/grading.remote.js");
    await expect(addGrade(7, 50)).rejects.toThrow("there is no student 7");
    const { steadily } = await import("./documented/balancer.js");
    expect(steadily).toEqual(everybody);
  });

  it("ask several instances as one", async () => {
    const { told } = await import("./documented/groups.js");
    const [sizes, isQuorum, first, total, found, size] = told;
    expect([sizes, isQuorum, first, total]).toEqual([[0, 0], true, undefined, 0]);
    expect(found).toEqual({ ada: "Lovelace", alan: undefined });
    expect(size).toBeTypeOf("number");
  });

  it("keep a contract", async () => {
    const { ada, refused, Registry, stillOpen } = await import("./documented/contract.js");
    expect(ada).toEqual({ id: 1, name: "Ada" });
    expect(Object.keys(Registry.methods)).toEqual(["all", "enroll", "close"]);
    expect(refused).toMatchObject({ code: "invalid_argument", reason: "VALIDATION" });
    expect((refused as SkylarkError).message).toMatch(/^registry\.enroll refuses its input: name: /);
    expect(stillOpen).toMatchObject({ code: "failed_precondition", message: "the term has not ended" });
  });

  it("stream, and are left", async () => {
    const { Lessons, seen } = await import("./documented/stream.js");
    expect(Lessons.version).toBe("1.0.0");
    await expect.poll(() => seen).toEqual(["80 points", "81 points", "82 points", "its reader has gone"]);
  });

  it("compute on worker threads", async () => {
    const { hash } = await import("./documented/threads.js");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("know the call they serve, and leave it", async () => {
    const { length, seen } = await import("./documented/context.js");
    expect(length).toBe(5);
    expect(seen).toEqual(["indexed notes", "grading as ada, in time"]);
  });

  it("follow the life of a service", async () => {
    const { receipt, steps } = await import("./documented/lifecycle.js");
    expect(steps).toEqual([
      "listens on tcp:",
      "callers choose it",
      "callers choose others",
      "callers choose it",
      "callers choose others",
      "has left; 0 calls finished meanwhile",
    ]);
    expect(receipt.abandoned).toBe(0);
  });

  it("fail at once where they would rather not wait", async () => {
    const { problem } = await import("./documented/waiting.js");
    expect(problem).toBe(
      'NO_INSTANCE: no instance of "printer" can be called: no instance of "printer": nobody offers it, registry heard just now',
    );
  });

  it("have two applications in one process, and settings of their own", async () => {
    const { greeting } = await import("./documented/application.js");
    expect(greeting).toBe("Hello, world");
    const { shelf } = await import("./documented/settings.js");
    expect(await shelf.page(2)).toBe("rows 40 and on");
    expect(application().settingOrigins).toMatchObject({ pageSize: { value: 20, from: "default" } });
    await expect(serve("shelf", shelf)).rejects.toMatchObject({ code: "already_exists" });
  });

  it("answer HTTP on the port of their application", async () => {
    const { students, refusal } = await import("./documented/http.js");
    expect(students).toEqual([{ id: 1, name: "Ada" }]);
    expect(refusal).toEqual({
      status: 405,
      body: { error: { code: "unimplemented", message: "/students does not take DELETE: use GET" } },
    });
  });
});
