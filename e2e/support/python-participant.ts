import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

interface Said {
  readonly url: string;
  readonly knows: Readonly<Record<string, readonly string[]>>;
}

/** `e2e/programs/python-participant.py` as a process. The test disposes it. */
export class PythonParticipant implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #said: Said[] = [];
  #wake: () => void = () => {};

  constructor(registry: string, name: string, ...requires: string[]) {
    const script = fileURLToPath(new URL("../programs/python-participant.py", import.meta.url));
    this.#child = spawn("python3", [script, registry, name, ...requires], { stdio: ["ignore", "pipe", "inherit"] });
    this.#closed = once(this.#child, "close").then(() => this.#wake());
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.#said.push(JSON.parse(line) as Said);
      this.#wake();
    });
  }

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    while (this.#said.length === 0 && this.#child.exitCode === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#said[0]?.url ?? "it ended";
  }

  providers(name: string): readonly string[] {
    return this.#said.at(-1)?.knows[name] ?? [];
  }

  /** What it knew at one time after the other. */
  history(name: string): readonly (readonly string[])[] {
    return this.#said.map(({ knows }) => knows[name] ?? []);
  }

  /** Asks it to leave; answers with its exit code. */
  async terminate(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    await this.#closed;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
