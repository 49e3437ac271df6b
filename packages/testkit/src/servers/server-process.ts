import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomIndex, systemRandom } from "@skylark/core/internal";

/** What every launched member can be made to suffer. */
export interface MemberProcess {
  readonly status: "running" | "frozen" | "stopped";
  /** SIGKILL; resolves when the process is gone. Its data stay. */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on its data and ports. Does not wait until it takes part. */
  start(): void;
}

type ProcessState =
  | { readonly kind: "stopped" }
  | { readonly kind: "running"; readonly child: ChildProcess }
  | { readonly kind: "frozen"; readonly child: ChildProcess };

/** Lines of output kept to explain a start that failed. */
const outputLinesMax = 200;

/** A server of the tests: one command, started as often as asked, gone with the test's own process. */
export class ServerProcess implements MemberProcess {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #state: ProcessState = { kind: "stopped" };
  #output: string[] = [];

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#command = command;
    this.#args = args;
    this.#env = env;
  }

  get status(): "running" | "frozen" | "stopped" {
    return this.#state.kind;
  }

  /** Undefined while it is stopped. */
  get pid(): number | undefined {
    return this.#state.kind === "stopped" ? undefined : this.#state.child.pid;
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output.join("");
  }

  /** @param moreArgs of this start alone */
  start(moreArgs: readonly string[] = []): void {
    if (this.#state.kind !== "stopped") return;
    const [command, args] = endingWithParent(this.#command, [...this.#args, ...moreArgs]);
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...this.#env } });
    const keep = (text: Buffer) => {
      this.#output = [...this.#output.slice(-outputLinesMax), text.toString()];
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const endWithProcess = () => child.kill("SIGKILL");
    process.once("exit", endWithProcess);
    child.once("error", (error) => keep(Buffer.from(`${command}: ${error.message}\n`)));
    child.once("close", () => {
      process.off("exit", endWithProcess);
      if (this.#state.kind !== "stopped" && this.#state.child === child) this.#state = { kind: "stopped" };
    });
    this.#state = { kind: "running", child };
  }

  freeze(): void {
    if (this.#state.kind !== "running") return;
    this.#state.child.kill("SIGSTOP");
    this.#state = { kind: "frozen", child: this.#state.child };
  }

  thaw(): void {
    if (this.#state.kind !== "frozen") return;
    this.#state.child.kill("SIGCONT");
    this.#state = { kind: "running", child: this.#state.child };
  }

  async kill(): Promise<void> {
    if (this.#state.kind === "stopped") return;
    const { child } = this.#state;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
    this.#state = { kind: "stopped" };
  }
}

/** Linux ends the child with its parent, also where that one is killed and runs no handler. */
function endingWithParent(command: string, args: readonly string[]): [string, string[]] {
  const setpriv = "/usr/bin/setpriv";
  if (process.platform !== "linux" || !existsSync(setpriv)) return [command, [...args]];
  return [setpriv, ["--pdeathsig", "KILL", "--", command, ...args]];
}

/** Below the range from which Linux takes ports for outgoing connections: a member that starts again finds its own free. */
const [firstPort, lastPort] = [20_000, 32_000];
const portTriesMax = 500;

/** Ports nobody listens on now, all different. Somebody may be faster: whoever binds them is ready to choose others. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries === portTriesMax) throw new Error(`${found.size} free ports of ${count} found in ${tries} tries`);
    const port = firstPort + randomIndex(systemRandom, lastPort - firstPort);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const memoryFolder = "/dev/shm";
/** Containers have 64 MiB there, which is one member's log. */
const memoryBytesMin = 2 * 1024 ** 3;

/** A folder in memory where there is room for one: how slow the disk is must not decide a test. */
export function serverFolder(name: string): string {
  return mkdtempSync(join(hasMemoryFolder() ? memoryFolder : tmpdir(), `skylark-${name}-`));
}

function hasMemoryFolder(): boolean {
  if (!existsSync(memoryFolder)) return false;
  const { bavail, bsize } = statfsSync(memoryFolder);
  return bavail * bsize >= memoryBytesMin;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Asks every 50 ms until the answer is yes. Fails with what `why` tells after `withinMs`. */
export async function untilReady(ready: () => Promise<boolean>, withinMs: number, why: () => string): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await ready())) {
    if (performance.now() > giveUpAt) throw new Error(`not ready within ${withinMs} ms: ${why()}`);
    await new Promise((goOn) => setTimeout(goOn, 50));
  }
}
