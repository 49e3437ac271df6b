import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

interface Said {
  readonly event: string;
}

/** `programs/provider.ts` as a process of its own. Ended by the test, and killed with it at the latest. */
export class ProviderProcess {
  readonly child: ChildProcess;
  readonly #said: Said[] = [];
  #stderr = "";
  #wake: () => void = () => {};

  constructor(home: string, env: Readonly<Record<string, string>> = {}) {
    const program = fileURLToPath(new URL("programs/provider.ts", import.meta.url));
    this.child = fork(program, {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, SKYLARK_HOME: home, ...env },
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.child.on("message", (said) => {
      this.#said.push(said as Said);
      this.#wake();
    });
    this.child.on("exit", () => this.#wake());
    onTestFinished(async () => {
      if (!this.#isRunning) return;
      this.child.kill("SIGKILL");
      await once(this.child, "exit");
    });
  }

  /** What it wrote to standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until it has said so. Rejects where it ends without that. */
  async until(event: string): Promise<void> {
    while (!this.#said.some((said) => said.event === event)) {
      if (!this.#isRunning) throw new Error(`the provider ended before it said "${event}":\n${this.#stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  get #isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  tell(command: "release" | "close"): void {
    this.child.send(command);
  }

  /** Its exit code, or the signal that ended it, once all it wrote has arrived. */
  async ended(): Promise<unknown> {
    const [code, signal] = (await once(this.child, "close")) as [unknown, unknown];
    return code ?? signal;
  }
}
