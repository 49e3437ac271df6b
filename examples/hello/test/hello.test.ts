import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { application } from "skylark";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { welcome as welcomeHere } from "../caller-local.js";
import { welcome as welcomeThere } from "../caller-remote.js";

const folder = new URL("../", import.meta.url);
const homes: string[] = [];
const started: ChildProcess[] = [];

beforeAll(() => {
  // read when the application of this process is first asked for
  process.env["SKYLARK_HOME"] = newHome();
  process.env["SKYLARK_LOG_LEVEL"] = "warn";
  process.env["SKYLARK_TIMEOUT_MS"] = "60000";
});
afterAll(async () => {
  await application().close();
  for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone; // it may host the store, and write where the folder is removed
  }
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "skylark-hello-"));
  homes.push(home);
  return home;
}

/** Runs one of the built files as a process. */
function start(name: string, home: string): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`dist/${name}.js`, folder))], {
    // whoever comes first waits for the other as long as a busy machine takes to start it
    env: { ...process.env, SKYLARK_HOME: home, SKYLARK_TIMEOUT_MS: "60000", NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  return child;
}

async function outcome(child: ChildProcess): Promise<{ said: string; code: unknown }> {
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = (await once(child, "close")) as [unknown];
  return { said, code };
}

function textOf(file: string): string {
  return readFileSync(new URL(file, folder), "utf8");
}

/** What somebody had to write: neither blank nor a comment. */
function writtenLines(file: string): number {
  return textOf(file)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/\*|\*)/.test(line)).length;
}

describe("RPC-1.7 two processes greet", () => {
  it("in two files that take at most 14 lines", () => {
    expect(writtenLines("provider.ts") + writtenLines("caller.ts")).toBeLessThanOrEqual(14);
  });

  it("with nothing else started, whichever of the two comes first", async () => {
    const home = newHome();
    const early = outcome(start("caller", home));
    const provider = start("provider", home);
    const late = outcome(start("caller", home));
    for (const { said, code } of [await early, await late]) {
      expect(said).toBe(`Hello, world, from process ${provider.pid}!\n`);
      expect(code).toBe(0);
    }
    provider.kill("SIGTERM");
    expect((await once(provider, "exit"))[0]).toBe(0);
  });
});

describe("local or remote", () => {
  it("RPC-2.1 is one import specifier, and nothing else", () => {
    const [local, remote] = [textOf("caller-local.ts"), textOf("caller-remote.ts")].map((text) => text.split("\n"));
    const differing = local?.flatMap((line, index) => (line === remote?.[index] ? [] : [[line, remote?.[index]]]));
    expect(local).toHaveLength(remote?.length ?? 0);
    expect(differing).toEqual([
      ['import { greet } from "./greeter.js";', 'import { greet } from "./greeter.remote.js";'],
    ]);
  });

  it("RPC-2.4 leaves the business files without a word of Skylark", () => {
    for (const file of ["greeter.ts", "caller-local.ts"]) expect(textOf(file)).not.toMatch(/skylark/i);
  });

  it("RPC-2.2 gives the same answer, and the same error", async () => {
    start("greeter-provider", process.env["SKYLARK_HOME"] as string);
    const names = ["Ada", "Émile", "𝛀"];
    expect(await welcomeThere(names)).toBe(await welcomeHere(names));
    const messages = await Promise.all(
      [welcomeHere, welcomeThere].map((welcome) => welcome([""]).catch((thrown: unknown) => (thrown as Error).message)),
    );
    expect(messages).toEqual(["there is nobody to greet", "there is nobody to greet"]);
  });
});

describe("the README", () => {
  it("shows the two files as they are", () => {
    const blocks = [...textOf("../../README.md").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    expect(blocks).toEqual([textOf("provider.ts"), textOf("caller.ts")]);
  });
});
