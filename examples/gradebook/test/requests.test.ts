import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type LogLine, type LogQuery, Logs } from "@skylark/logs";
import { connect } from "skylark";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Ground, type RunningPart } from "./running-process.js";

const ground = new Ground();
let log: RunningPart;
let portal: RunningPart;
let read: (query: LogQuery) => Promise<LogLine[]>;

beforeAll(async () => {
  log = await ground.part("log");
  await ground.part("grading");
  portal = await ground.part("portal");
  const logs = await connect(Logs, { application: ground.application() });
  read = async (query) => {
    const lines: LogLine[] = [];
    for await (const page of logs.read(query)) lines.push(...page.lines);
    return lines;
  };
});
afterAll(() => ground[Symbol.asyncDispose]());

describe("RPC-6.1 a request at the portal", () => {
  it("has one id, in the answer and in the lines of every process that it came to", async () => {
    const { headers } = await fetch(`${portal.address}/students/1`);
    const request = headers.get("x-request-id") as string;
    expect(request).toMatch(/^\S{8,}$/);
    const said = async (): Promise<string[]> =>
      (await read({ request })).map(({ origin, message }) => `${origin}: ${message}`).toSorted();
    await expect.poll(said).toEqual(["grading: showed student 1", "portal: GET /students/1 200"]);
  });

  it("keeps the id that it brings", async () => {
    const { headers } = await fetch(`${portal.address}/students`, { headers: { "x-request-id": "from-the-outside" } });
    expect(headers.get("x-request-id")).toBe("from-the-outside");
    await expect.poll(() => read({ request: "from-the-outside" })).toHaveLength(2);
  });
});

describe("DEMO-1.4 the log service", () => {
  it("keeps lines of POST /log with their origin, beside those of the parts, and takes no other method", async () => {
    const posted = await fetch(`${log.address}/log?origin=somebody`, { method: "POST", body: "one\ntwo" });
    expect(posted.status).toBe(204);
    const lines = await read({ origin: "somebody" });
    expect(lines.map(({ message }) => message)).toEqual(["one", "two"]);
    const refused = await fetch(`${log.address}/log`);
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("keeps what the parts and the framework in them print, with their names", async () => {
    await expect.poll(() => read({ origin: "grading", text: "is served on" })).toHaveLength(1);
  });
});

describe("DEMO-1.5 the parts", () => {
  it("say whom they require: grading the log, the portal log and grading", async () => {
    const sky = fileURLToPath(new URL("../../../packages/cli/bin/sky.js", import.meta.url));
    const env = { ...process.env, SKYLARK_HOME: ground.home, SKYLARK_TIMEOUT_MS: "30000", NODE_OPTIONS: "" };
    const usersOf = async (service: string): Promise<string[]> => {
      const { stdout } = await promisify(execFile)(process.execPath, [sky, "services", "--json"], { env });
      const { services } = JSON.parse(stdout) as {
        readonly services: readonly {
          readonly name: string;
          readonly consumers: readonly { readonly name: string }[];
        }[];
      };
      return services.find(({ name }) => name === service)?.consumers.map(({ name }) => name) ?? [];
    };
    await expect.poll(() => usersOf("log")).toEqual(expect.arrayContaining(["grading", "portal"]));
    await expect.poll(() => usersOf("grading")).toContain("portal");
  });

  it.each(["registry", "log", "grading", "portal"])("share one start-up module: %s begins with it", (name) => {
    const main = readFileSync(new URL(`../${name}/main.ts`, import.meta.url), "utf8");
    expect(main).toContain('import { startPart } from "../part.js";');
    expect(main).toMatch(/^await startPart\(/m);
    expect(main).not.toMatch(/new Application|process\.on/);
  });
});
