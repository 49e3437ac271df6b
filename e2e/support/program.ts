import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ProgramOptions {
  /** The store's folder: every test has its own. */
  readonly home: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process of a test: asked and told over its own channel, killed and frozen by its own pid. The test disposes it. */
export class Program<Ready = unknown> implements AsyncDisposable {
  readonly ready: Ready;
  readonly #child: ChildProcess;
  readonly #output: string[];
  readonly #exited: Promise<number | string>;
  readonly #asked = new Map<number, { resolve(value: unknown): void; reject(why: Error): void }>();
  #lastId = 0;

  private constructor(child: ChildProcess, ready: Ready, output: string[]) {
    this.#child = child;
    this.ready = ready;
    this.#output = output;
    // not when it exits: what it wrote last may lie in the pipe then
    this.#exited = once(child, "close").then(([code, signal]) => (signal ?? code) as number | string);
    child.on("message", (answer: Answer) => this.#answered(answer));
    child.on("exit", () => {
      for (const { reject } of this.#asked.values()) reject(new Error(`process ${child.pid} ended before it answered`));
      this.#asked.clear();
    });
  }

  /** Starts `e2e/programs/<name>.ts`, or a script, against the build; resolves when it says that it is ready. */
  static async start<Ready>(name: string | URL, options: ProgramOptions): Promise<Program<Ready>> {
    const script = fileURLToPath(typeof name === "string" ? new URL(`../programs/${name}.ts`, import.meta.url) : name);
    const child = fork(script, [...(options.args ?? [])], {
      execArgv: ["--import", "tsx"],
      env: { ...process.env, SKYLARK_HOME: options.home, NODE_OPTIONS: "", ...options.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      serialization: "advanced",
    });
    const output: string[] = [];
    child.stdout?.on("data", (text: Buffer) => output.push(text.toString()));
    child.stderr?.on("data", (text: Buffer) => output.push(text.toString()));
    const first = await Promise.race([
      once(child, "message").then(([message]) => ({ ready: message as Ready })),
      once(child, "close").then(([code, signal]) => ({ ended: String(signal ?? code) })),
    ]);
    if ("ended" in first)
      throw new Error(`${String(name)} ended with ${first.ended} before it was ready:\n${output.join("")}`);
    return new Program(child, first.ready, output);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Everything it wrote so far. */
  get output(): string {
    return this.#output.join("");
  }

  /** Its exit code, or the signal that ended it: once it is gone and all that it wrote is in `output`. */
  get exited(): Promise<number | string> {
    return this.#exited;
  }

  ask<Result>(command: string, argument?: unknown): Promise<Result> {
    const id = ++this.#lastId;
    return new Promise<Result>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#child.send({ id, command, argument });
    });
  }

  /** Ends it without a word, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#exited;
  }

  /** Asks it to end, and answers as `exited` does. */
  terminate(): Promise<number | string> {
    this.signal("SIGTERM");
    return this.#exited;
  }

  freeze(): void {
    this.signal("SIGSTOP");
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.kill();
  }

  #answered({ id, value, error }: Answer): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  }
}
