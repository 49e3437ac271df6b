import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const folder = new URL("../dist/", import.meta.url);

/** One of the built programs, and what it says. */
class Program {
  readonly process: ChildProcess;
  readonly said: string[] = [];
  #waiting: { readonly wanted: RegExp; readonly met: (line: string) => void }[] = [];

  constructor(name: string, env: Record<string, string>) {
    this.process = spawn(process.execPath, [fileURLToPath(new URL(`${name}.js`, folder))], {
      env: { ...process.env, NODE_OPTIONS: "", SKYLARK_LOG_LEVEL: "error", ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (!this.process.stdout) throw new Error("it has no output");
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      this.said.push(line);
      for (const { wanted, met } of this.#waiting) if (wanted.test(line)) met(line);
    });
  }

  type(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** Resolves with the line, said already or yet to come. */
  async says(wanted: RegExp): Promise<string> {
    return this.said.find((line) => wanted.test(line)) ?? new Promise((met) => this.#waiting.push({ wanted, met }));
  }

  /** Its input ends, and so does it. */
  async ends(): Promise<unknown> {
    const ended = once(this.process, "exit");
    this.process.stdin?.end();
    return (await ended)[0];
  }
}

describe("COORD-6.3 a resource that looks at the token", () => {
  let home: string;
  let programs: Program[];
  const ledgerFile = (): string => join(home, "ledger.jsonl");
  const start = (name: string): Program => {
    const program = new Program(name, { SKYLARK_HOME: home, LEDGER_FILE: ledgerFile() });
    programs.push(program);
    return program;
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "sky-fencing-"));
    programs = [];
  });
  afterEach(async () => {
    for (const { process: child } of programs.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
    rmSync(home, { recursive: true, force: true });
  });

  function ledger(): unknown[] {
    if (!existsSync(ledgerFile())) return [];
    return readFileSync(ledgerFile(), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  }

  it("refuses a holder who was frozen beyond its TTL, once the next one has written", async () => {
    await start("ledger-provider").says(/open/);
    const first = start("writer");
    await first.says(/holds with token 1/);
    first.type("first");
    await first.says(/written: first/);
    const second = start("writer");

    first.process.kill("SIGSTOP");
    await second.says(/holds with token 2/);
    second.type("second");
    await second.says(/written: second/);

    first.process.kill("SIGCONT");
    first.type("too late");
    expect(await first.says(/^(refused|written: too)/)).toBe(
      "refused: token 1 is stale: the holder with token 2 has written since. You hold the lock no more",
    );
    await first.says(/^told: /);
    expect(await first.ends()).toBe(0);

    second.type("third");
    await second.says(/written: third/);
    expect(ledger()).toEqual([
      { token: 1, text: "first" },
      { token: 2, text: "second" },
      { token: 2, text: "third" },
    ]);
    expect(await second.ends()).toBe(0);
  });

  it("lets the next one in at once where a holder leaves in order", async () => {
    await start("ledger-provider").says(/open/);
    const first = start("writer");
    await first.says(/holds with token 1/);
    const second = start("writer");
    expect(await first.ends()).toBe(0);
    await second.says(/holds with token 2/);
    second.type("mine");
    await second.says(/written: mine/);
    expect(ledger()).toEqual([{ token: 2, text: "mine" }]);
    expect(await second.ends()).toBe(0);
  });
});
