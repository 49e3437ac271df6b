import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, type ProgramOptions } from "./program.js";

export interface ParticipantReady {
  readonly instance: string;
  readonly address: string;
  readonly pid: number;
}

export type Participant = Program<ParticipantReady>;

/** One test's folder and processes; all of them end with it. */
export class World implements AsyncDisposable {
  readonly home = mkdtempSync(join(tmpdir(), "skylark-e2e-"));
  readonly #programs = new Set<Program>();
  readonly #env: Readonly<Record<string, string>>;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = env;
  }

  async start<Ready>(name: string | URL, options: Omit<ProgramOptions, "home"> = {}): Promise<Program<Ready>> {
    const program = await Program.start<Ready>(name, {
      home: this.home,
      ...options,
      env: { ...this.#env, ...options.env },
    });
    this.#programs.add(program);
    return program;
  }

  participant(service: string, ...args: string[]): Promise<Participant> {
    return this.start<ParticipantReady>("participant", { args: ["--service", service, ...args] });
  }

  get running(): Program[] {
    return [...this.#programs].filter(({ isRunning }) => isRunning);
  }

  /** The processes that have the journal open: one, or the election is broken. */
  hosts(): Program[] {
    return this.running.filter(({ pid }) => hasJournalOpen(pid, this.home));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#programs].map((program) => program[Symbol.asyncDispose]()));
    rmSync(this.home, { recursive: true, force: true });
  }
}

function hasJournalOpen(pid: number, home: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
      const target = linkOf(`/proc/${pid}/fd/${descriptor}`);
      return target.startsWith(home) && target.includes("/journal-");
    });
  } catch {
    return false; // it ended meanwhile
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
