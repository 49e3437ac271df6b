import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outputOf, patternOf, transcriptOf } from "./support/transcript.js";

// the program and the commands that the page on the door shows, in a shell, with the curl that is there

const repository = fileURLToPath(new URL("../", import.meta.url));
const page = readFileSync(join(repository, "packages/http/README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "sky-"));
let port: number;
let stop: () => Promise<string>;

beforeAll(async () => {
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const [, program = ""] = /^```ts file=gradebook.ts\n(.*?)^```$/ms.exec(page) ?? [];
  writeFileSync(join(folder, "gradebook.ts"), program);
  const env = { ...process.env, SKYLARK_HOME: join(folder, "home"), SKYLARK_TIMEOUT_MS: "60000", NODE_OPTIONS: "" };
  const child = spawn(process.execPath, ["--import", "tsx", "gradebook.ts"], { cwd: folder, env });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  while (!said.includes('"sums" 0.0.0 is served on')) await once(child.stderr, "data");
  port = Number(/is served on tcp:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
  stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "close");
    }
    return said;
  };
});

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("the page on the door", () => {
  it("RPC-9.2 RPC-9.4 shows what curl does with services of both kinds, command by command", async () => {
    const commands = transcriptOf(page);
    expect(commands.length).toBeGreaterThan(6);
    for (const shown of commands) expect(await outputOf(shown, port), shown.command).toMatch(patternOf(shown.output));
    expect(await stop()).toMatch(/drain receipt: "gradebook" left .* 0 abandoned/);
  });
});
