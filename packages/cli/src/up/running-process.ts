import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Deferred, deferred } from "@skylark/core/internal";
import { eachLine } from "./lines.js";
import type { LaunchPlan } from "./system-plan.js";

/** How a process ended: its exit code, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

export function endingText(ending: Ending): string {
  return typeof ending === "number" ? `with exit code ${ending}` : `by ${ending}`;
}

/** What a module says when it is ready, with where it is reached. */
interface ReadyWord {
  readonly ready: string;
}

/** What a keeper says of its command. */
export type KeeperWord =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "ended"; readonly ending: Ending };

/** Tells what the process prints, line by line. */
export type PassOn = (line: string) => void;

/**
 * One start of a process, in a process group of its own: the terminal's Ctrl-C reaches `sky` alone, which then ends all in
 * their order. Each has a channel to `sky`, and leaves when that closes: see `child/`.
 */
export class RunningProcess {
  /** Resolves when there is a process that runs it: that of a command is started by its keeper. */
  readonly begun: Promise<void>;
  /** Resolves with what it says of where it is reached, if it ever does. */
  readonly told: Promise<string>;
  /** Settles when it has ended and its last line has been passed on. */
  readonly ended: Promise<Ending>;
  /** On the wall clock. */
  readonly startedAt = Date.now();
  /** It is a command, run by a keeper. */
  readonly isKept: boolean;
  readonly #child: ChildProcess;
  readonly #begun: Deferred<void> = deferred();
  readonly #told: Deferred<string> = deferred();
  #commandPid: number | undefined;
  #commandEnding: Ending | undefined;

  constructor(plan: LaunchPlan, inherited: NodeJS.ProcessEnv, passOn: PassOn) {
    this.isKept = plan.kind === "command";
    const [script, args] =
      plan.kind === "module"
        ? [plan.path, [...plan.args]]
        : [childScript("command-keeper"), [plan.command, ...plan.args]];
    const child = fork(script, args, {
      cwd: plan.cwd,
      env: { ...unbuffered, ...inherited, ...plan.env, SKY_UP_CHILD: plan.kind },
      execArgv: plan.kind === "module" ? ["--import", childScript("parent-watch")] : [],
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.begun = this.#begun.promise;
    this.told = this.#told.promise;
    if (!this.isKept) child.once("spawn", () => this.#begun.resolve());
    for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, passOn);
    child.on("message", (word: unknown) => this.#heard(word));
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve(this.#commandEnding ?? signal ?? code ?? 1));
      child.on("error", (error) => {
        passOn(error.message);
        if (child.pid === undefined) resolve(1); // it never was
      });
    });
    void this.ended.then(() => {
      if (this.#commandEnding === undefined) this.#endGroup(this.#commandPid); // its keeper was killed
    });
  }

  /** Undefined before there is one: that of a command is known a moment after its start. */
  get pid(): number | undefined {
    return this.isKept ? this.#commandPid : this.#child.pid;
  }

  /** Asks it to leave. */
  ask(): void {
    this.#child.kill("SIGTERM");
  }

  /** Ends it and all that it has started, at once. */
  kill(): void {
    this.#endGroup(this.#commandPid);
    this.#endGroup(this.#child.pid);
  }

  #heard(word: unknown): void {
    if (typeof word !== "object" || word === null) return;
    if (this.isKept) this.#heardKeeper(word as KeeperWord);
    else if (typeof (word as ReadyWord).ready === "string") this.#told.resolve((word as ReadyWord).ready);
  }

  #heardKeeper(word: KeeperWord): void {
    if (word.kind === "started") {
      this.#commandPid = word.pid;
      this.#begun.resolve();
    } else this.#commandEnding = word.ending;
  }

  #endGroup(leader: number | undefined): void {
    if (leader === undefined) return;
    try {
      process.kill(-leader, "SIGKILL");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown; // nothing of it is left
    }
  }
}

function childScript(name: string): string {
  return fileURLToPath(new URL(`./child/${name}.js`, import.meta.url));
}

/** Python keeps lines back where it writes into a pipe. */
const unbuffered = { PYTHONUNBUFFERED: "1" };
