import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "skylark";

const built = new URL("../dist/", import.meta.url);
const systemPath = fileURLToPath(new URL("../system.ts", import.meta.url));
const skyPath = fileURLToPath(new URL("../../../packages/cli/bin/sky.js", import.meta.url));

/** The path of a built module of the example. */
function builtPath(module: string): string {
  return fileURLToPath(new URL(module, built));
}

/** A process that a test started: what it said, how it ended. */
export class RunningProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  readonly #heard: (() => void)[] = [];
  #output = "";
  /** `saidAll`: it is gone, and nothing of what it said lies in the pipe any more. */
  #state: "speaking" | "saidAll" = "speaking";

  constructor(child: ChildProcess) {
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#state = "saidAll";
        resolve(signal ?? code ?? -1);
        this.#tell();
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#tell();
      });
    }
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until its output holds this; fails when it ends without. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found) return found;
      if (this.#state === "saidAll") throw new Error(`it ended without saying ${pattern}:\n${this.#output}`);
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  /** Kills it, and waits until it is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | string> {
    this.child.kill(signal);
    return this.ended;
  }

  #tell(): void {
    for (const heard of this.#heard.splice(0)) heard();
  }
}

/** A part that has said where it is reached. */
export type RunningPart = RunningProcess & { readonly address: string };

/** One test's store folder and processes; all of them end with it, even where the test fails. */
export class Ground implements AsyncDisposable {
  readonly home = mkdtempSync(join(tmpdir(), "skylark-gradebook-"));
  readonly #processes: RunningProcess[] = [];
  readonly #applications: Application[] = [];

  /** A part, once it says that it is ready; answers with where it is reached. */
  async part(name: "registry" | "log" | "grading" | "portal", env: Record<string, string> = {}): Promise<RunningPart> {
    const child = fork(builtPath(`${name}/main.js`), {
      execArgv: [],
      env: { ...this.#env(), ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const process = this.#keep(new RunningProcess(child));
    const ready = new Promise<string>((resolve) =>
      child.once("message", (word: { ready: string }) => resolve(word.ready)),
    );
    const first = await Promise.race([ready, process.ended]);
    if (!process.isRunning) throw new Error(`${name} ended (${first}) before it was ready:\n${process.output}`);
    return Object.assign(process, { address: String(first) });
  }

  /** What `npm start` runs. */
  launch(env: Record<string, string> = {}): RunningProcess {
    return this.#keep(
      new RunningProcess(
        spawn(process.execPath, [skyPath, "up", systemPath], {
          env: { ...this.#env(), ...env },
          stdio: ["ignore", "pipe", "pipe"],
        }),
      ),
    );
  }

  /** This process as one of those that find each other. */
  application(balancer: "roundRobin" | "twoChoices" = "twoChoices"): Application {
    const application = new Application({ name: "test", settings: { home: this.home, balancer, logLevel: "error" } });
    this.#applications.push(application);
    return application;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const application of this.#applications) await application.close();
    for (const process of this.#processes) {
      if (process.isRunning) await process.kill();
      for (const pid of pidsIn(process.output)) killLeftover(pid, this.home);
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  #env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      SKYLARK_HOME: this.home,
      REGISTRY_PORT: "0",
      LOG_PORT: "0",
      GRADING_PORT: "0",
      PORTAL_PORT: "0",
      PORTAL_GRADING_TIMEOUT_MS: "20000", // a busy machine is not an absent service
      NODE_OPTIONS: "",
      NO_COLOR: "1",
    };
  }

  #keep(process: RunningProcess): RunningProcess {
    this.#processes.push(process);
    return process;
  }
}

/** The ids of all parts that a launcher has spoken of. */
export function pidsIn(output: string): number[] {
  return [...output.matchAll(/(?:is ready|is back)(?:: \S+)?, process (\d+)/g)].map(([, pid]) => Number(pid));
}

/** Whether a process of this id still runs; one that has ended and was only not yet collected does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Kills what a launcher left behind, after a look at whether it is still that very process: ids are given again. */
function killLeftover(pid: number, home: string): void {
  try {
    if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(home)) process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended
  }
}
