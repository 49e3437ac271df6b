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
  #said: Said | undefined;
  #wake: () => void = () => {};

  constructor(registry: string, name: string, ...requires: string[]) {
    const script = fileURLToPath(new URL("../programs/python-participant.py", import.meta.url));
    this.#child = spawn("python3", [script, registry, name, ...requires], { stdio: ["ignore", "pipe", "inherit"] });
    this.#closed = once(this.#child, "close").then(() => this.#wake());
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.#said = JSON.parse(line) as Said;
      this.#wake();
    });
  }

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    while (!this.#said && this.#child.exitCode === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#said?.url ?? "it ended";
  }

  providers(name: string): readonly string[] {
    return this.#said?.knows[name] ?? [];
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
