import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outputOf as outputInShell, patternOf, transcriptOf } from "./support/transcript.js";

/** A newcomer who does what the guide says: its files, its commands, its output, in a folder of their own. */

const repository = fileURLToPath(new URL("../", import.meta.url));
const guide = readFileSync(join(repository, "docs/guides/getting-started.md"), "utf8");
const clone = mkdtempSync(join(tmpdir(), "sky-"));
const started: ChildProcess[] = [];

interface Block {
  readonly kind: string;
  readonly file: string | undefined;
  readonly text: string;
}

const blocks: readonly Block[] = [...guide.matchAll(/^```(\w+)(?: file=(\S+))?\n(.*?)^```$/gms)].map(
  ([, kind = "", file, text = ""]) => ({ kind, file, text }),
);

beforeAll(() => {
  symlinkSync(join(repository, "node_modules"), join(clone, "node_modules"));
  writeFileSync(join(clone, "package.json"), '{ "type": "module" }');
  for (const { file, text } of blocks) {
    if (file === undefined) continue;
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    writeFileSync(join(clone, file), text);
  }
});

afterAll(async () => {
  for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const closed = once(child, "close");
    process.kill(-(child.pid as number), "SIGKILL");
    await closed;
  }
  rmSync(clone, { recursive: true, force: true });
});

/** Types a command of the guide into a terminal of its own. */
function type(command: string): { child: ChildProcess; output: () => string } {
  const written = blocks.some(({ kind, text }) => kind === "sh" && text.split("\n").includes(command));
  expect(written, `the guide has the command ${command}`).toBe(true);
  const [program = "", ...args] = command.split(" ");
  const child = spawn(program, args, {
    cwd: clone,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      SKYLARK_HOME: join(clone, "home"),
      SKYLARK_TIMEOUT_MS: "60000",
      NODE_OPTIONS: "",
      npm_config_loglevel: "silent",
    },
  });
  started.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return { child, output: () => output };
}

/** What the command printed, without the framework's own lines. */
async function outputOf(command: string): Promise<string> {
  const { child, output } = type(command);
  await once(child, "close");
  const lines = output().split("\n");
  return lines.filter((line) => !/^\d\d:\d\d:\d\d\.\d{3} /.test(line)).join("\n");
}

async function startProvider(): Promise<ReturnType<typeof type>> {
  const provider = type("npx tsx mine/provider.ts");
  while (!provider.output().includes("is served on"))
    await once(provider.child.stderr as NodeJS.ReadableStream, "data");
  return provider;
}

function shown(beginning: string): string {
  const block = blocks.find(({ kind, text }) => kind === "text" && text.startsWith(beginning));
  expect(block, `the guide shows what begins with ${beginning}`).toBeDefined();
  return withoutNumbers(block?.text ?? "");
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/process \d+/g, "process N");
}

describe("the guide for newcomers", () => {
  it("leads to a service that is called, looked at, doubled and ended", async () => {
    const first = await startProvider();
    expect(withoutNumbers(await outputOf("npx tsx mine/caller.ts"))).toBe(shown("80\nanswered"));
    expect(await outputOf("npx sky instances")).toMatch(/grading +1\.0\.0 .*in rotation/);
    expect(await outputOf("npx sky call grading.average 90 70")).toBe("80\n");

    const second = await startProvider();
    const answered = new Set<string>();
    while (answered.size < 2) {
      const output = await outputOf("npx tsx mine/caller.ts");
      for (const [, who] of output.matchAll(/answered by process (\d+)/g)) answered.add(who as string);
    }
    const closed = once(first.child, "close");
    process.kill(-(first.child.pid as number), "SIGINT"); // Ctrl-C reaches all that runs in the terminal
    await closed;
    const receipt = /drain receipt: "grading" left in \d+ ms; .+; \d+ calls finished, \d+ sent elsewhere, 0 abandoned/;
    expect(first.output()).toMatch(receipt);
    expect(shown("drain receipt")).toMatch(receipt);

    expect(withoutNumbers(await outputOf("npx tsx mine/main.ts"))).toBe("the average is 75, says process N\n");
    process.kill(-(second.child.pid as number), "SIGKILL");
    await once(second.child, "close");
  });

  it("leads to a contract that refuses what does not fit", async () => {
    expect(await outputOf("npx tsx mine/contract.ts")).toBe(shown("80\naveraging"));
  });

  it("leads to curl", async () => {
    const provider = await startProvider();
    const port = Number(/is served on tcp:\/\/127\.0\.0\.1:(\d+)/.exec(provider.output())?.[1]);
    const commands = transcriptOf(guide);
    expect(commands).toHaveLength(3);
    for (const shown of commands) expect(await outputInShell(shown, port)).toMatch(patternOf(shown.output));
    process.kill(-(provider.child.pid as number), "SIGKILL");
    await once(provider.child, "close");
  });

  it("leads to a stream that is left when enough was read", async () => {
    expect(await outputOf("npx tsx mine/ticks.ts")).toBe(shown("tick 7"));
  });
});
