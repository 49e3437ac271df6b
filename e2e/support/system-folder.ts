import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const skyPath = fileURLToPath(new URL("../../packages/cli/bin/sky.js", import.meta.url));

/** An event of `sky up --json`. */
export interface UpEvent {
  readonly at: string;
  readonly kind: string;
  readonly process?: string;
  readonly pid?: number | null;
  readonly address?: string | null;
  readonly ms?: number;
  readonly again?: boolean;
  readonly line?: string;
  readonly lines?: readonly string[];
  readonly why?: string | null;
  readonly ending?: number | string;
  readonly restartInMs?: number | null;
  readonly message?: string;
  readonly orderly?: boolean;
}

/** A running `sky up --json`: its events, as they come. */
export class Up {
  readonly child: ChildProcess;
  readonly events: UpEvent[] = [];
  readonly #closed: Promise<unknown>;
  #errors = "";
  /** `saidAll`: it is gone, and nothing of what it said lies in the pipe any more. */
  #state: "speaking" | "saidAll" = "speaking";
  #wake: () => void = () => {};

  constructor(child: ChildProcess) {
    this.child = child;
    this.#closed = once(child, "close").finally(() => {
      this.#state = "saidAll";
      this.#wake();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.events.push(JSON.parse(line) as UpEvent);
      this.#wake();
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it said on standard error. */
  get errors(): string {
    return this.#errors;
  }

  /** The first event that fits, of those from `from` on; fails when it ends without. */
  async event(fits: Partial<UpEvent>, from = 0): Promise<UpEvent> {
    for (;;) {
      const found = this.events.slice(from).find((event) => holds(event, fits));
      if (found) return found;
      if (this.#state === "saidAll") throw new Error(`it ended without ${JSON.stringify(fits)}:\n${this.#told()}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What a line of a process says that fits. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = this.events.map(({ line }) => pattern.exec(line ?? "")).find((match) => match !== null);
      if (found) return found;
      if (this.#state === "saidAll") throw new Error(`it ended without ${pattern}:\n${this.#told()}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Its exit code, or the signal that ended it. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    await this.#closed;
    return this.child.signalCode ?? this.child.exitCode;
  }

  /** The processes, in the order in which this happened to them. */
  order(kind: string): string[] {
    return this.events.flatMap((event) => (event.kind === kind ? [event.process ?? ""] : []));
  }

  pids(): number[] {
    return this.events.flatMap(({ kind, pid }) => (kind === "ready" && typeof pid === "number" ? [pid] : []));
  }

  #told(): string {
    return `${this.events.map((event) => JSON.stringify(event)).join("\n")}\n${this.#errors}`;
  }
}

function holds(event: UpEvent, fits: Partial<UpEvent>): boolean {
  return Object.entries(fits).every(([field, value]) => event[field as keyof UpEvent] === value);
}

/** One test's folder with a system in it; what was started ends with it. */
export class SystemFolder implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), "skylark-up-"));
  readonly home = join(this.path, "home");
  readonly #running: Up[] = [];

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(this.home, { mode: 0o700 });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
  }

  up(...argv: string[]): Up {
    return this.#start(["up", "--json", ...argv]);
  }

  /** A command that ends by itself. */
  async run(...argv: string[]): Promise<{ exitCode: unknown; events: readonly UpEvent[]; errors: string }> {
    const up = this.#start(argv);
    return { exitCode: await up.ended(), events: up.events, errors: up.errors };
  }

  #start(argv: readonly string[]): Up {
    const child = spawn(process.execPath, [skyPath, ...argv], {
      cwd: this.path,
      env: { ...process.env, SKYLARK_HOME: this.home, NODE_OPTIONS: "", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const up = new Up(child);
    this.#running.push(up);
    return up;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const up of this.#running) {
      if (up.isRunning) up.child.kill("SIGKILL");
      await up.ended();
      for (const pid of up.pids()) this.#killLeftover(pid);
    }
    rmSync(this.path, { recursive: true, force: true });
  }

  /** After a look at whether it is still that very process: ids are given again. */
  #killLeftover(pid: number): void {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(this.home)) process.kill(pid, "SIGKILL");
    } catch {
      // it has ended
    }
  }
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
