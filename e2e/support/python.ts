import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A Python program of a test, which says what it knows by lines of JSON. The test disposes it. */
export class Python implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor(args: readonly string[], folder = ".") {
    this.#child = spawn("python3", args, {
      cwd: `${root}${folder}`,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#closed = once(this.#child, "close");
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** What it says next. */
  async said(): Promise<unknown> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`it ended and said nothing more:\n${this.#errors}`);
    return JSON.parse(value) as unknown;
  }

  terminate(): void {
    this.#child.kill("SIGTERM");
  }

  /** Waits for its end. */
  async ended(): Promise<{ code: number | null; errors: string }> {
    await this.#closed;
    return { code: this.#child.exitCode, errors: this.#errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
