import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { skyPath } from "./sky.js";
import { Up, type UpEvent } from "./system-folder.js";
import { trials } from "./until.js";

const systemPath = fileURLToPath(new URL("../../examples/gradebook/system.ts", import.meta.url));

/** The whole example, run by `sky up` on free ports and a store of its own. The test disposes it. */
export class Gradebook implements AsyncDisposable {
  readonly home: string;
  readonly coordination: string;
  readonly up: Up;

  private constructor(home: string, coordination: string) {
    this.home = home;
    this.coordination = coordination;
    this.up = new Up(
      spawn(process.execPath, [skyPath, "up", "--json", systemPath], {
        env: this.env,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  /** Resolves when everything is ready. `coordination`: the URL of its store. */
  static async start(coordination = "embedded"): Promise<Gradebook> {
    const home = join(mkdtempSync(join(tmpdir(), "skylark-gradebook-")), "home");
    mkdirSync(home, { mode: 0o700 });
    const gradebook = new Gradebook(home, coordination);
    try {
      await gradebook.up.event({ kind: "opened" });
    } catch (thrown) {
      await gradebook[Symbol.asyncDispose]();
      throw thrown;
    }
    return gradebook;
  }

  /** For further processes of the same system. */
  get env(): NodeJS.ProcessEnv {
    const ports = { REGISTRY_PORT: "0", LOG_PORT: "0", GRADING_PORT: "0", PORTAL_PORT: "0" };
    const patience = trials({}, { PORTAL_GRADING_TIMEOUT_MS: "30000" }); // a busy machine is not an absent service
    const store = { SKYLARK_HOME: this.home, SKYLARK_COORDINATION: this.coordination };
    return { ...process.env, ...ports, ...patience, ...store, NODE_OPTIONS: "", NO_COLOR: "1" };
  }

  /** What was told of a process last when it became ready. */
  ready(name: string): UpEvent {
    const event = this.up.events.findLast(({ kind, process }) => kind === "ready" && process === name);
    if (!event) throw new Error(`${name} has never been ready`);
    return event;
  }

  address(name: string): string {
    return this.ready(name).address ?? "";
  }

  /** Kills a process without a word, and answers with when it was killed and when its next start began. */
  async kill(name: string): Promise<{ readonly killedAt: number; readonly restartedAt: number }> {
    const from = this.up.events.length;
    const killedAt = Date.now();
    process.kill(this.ready(name).pid as number, "SIGKILL");
    const { at } = await this.up.event({ kind: "launched", process: name }, from);
    return { killedAt, restartedAt: Date.parse(at) };
  }

  /** Lines that a process has printed. */
  printed(name: string): string[] {
    return this.up.events.flatMap(({ kind, process, line }) =>
      kind === "output" && process === name ? [line ?? ""] : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.up.isRunning) this.up.child.kill("SIGTERM");
    await this.up.ended();
    rmSync(join(this.home, ".."), { recursive: true, force: true });
  }
}
