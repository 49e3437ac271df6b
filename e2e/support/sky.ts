import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

export interface SkyResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** The `sky` command of one test's system. */
export class Sky {
  readonly #env: NodeJS.ProcessEnv;

  constructor(home: string) {
    // as patient as a busy machine asks for; who tries a time limit names one
    this.#env = { ...process.env, SKYLARK_HOME: home, SKYLARK_TIMEOUT_MS: "30000", NODE_OPTIONS: "", NO_COLOR: "" };
  }

  spawn(...argv: string[]): ChildProcess {
    return spawn(process.execPath, [skyPath, ...argv], { env: this.#env, stdio: ["ignore", "pipe", "pipe"] });
  }

  async run(...argv: string[]): Promise<SkyResult> {
    const child = this.spawn(...argv);
    const [out, err, [exitCode]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, "close") as Promise<[number]>,
    ]);
    return { exitCode, out, err };
  }

  /** What a command that must succeed printed. */
  async out(...argv: string[]): Promise<string> {
    const { exitCode, out, err } = await this.run(...argv);
    expect({ argv, exitCode, err }).toEqual({ argv, exitCode: 0, err: "" });
    return out;
  }

  async json<Shape>(...argv: string[]): Promise<Shape> {
    return JSON.parse(await this.out(...argv, "--json")) as Shape;
  }

  /** Runs `sky watch --json`. Whoever opens it disposes it. */
  watch(...argv: string[]): WatchedEvents {
    return new WatchedEvents(this.spawn("watch", "--json", ...argv));
  }
}

export interface WatchedEvent {
  readonly at: string;
  readonly kind: string;
  readonly orderly?: boolean;
  readonly instance?: { readonly id: string; readonly service: string; readonly state: string };
  readonly instances?: readonly { readonly id: string }[];
}

/** The events of a running `sky watch`, as they come. */
export class WatchedEvents implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #events: WatchedEvent[] = [];
  readonly #closed: Promise<unknown>;
  #wake: () => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, "close");
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.#events.push(JSON.parse(line) as WatchedEvent);
      this.#wake();
    });
  }

  /** The next event that fits; those before it are forgotten. The test's own timeout ends the wait. */
  async next(fits: (event: WatchedEvent) => boolean): Promise<WatchedEvent> {
    for (;;) {
      for (let event = this.#events.shift(); event; event = this.#events.shift()) if (fits(event)) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** As Ctrl-C does; answers with the exit code, or the signal that ended it. */
  async interrupt(): Promise<number | NodeJS.Signals | null> {
    this.#child.kill("SIGINT");
    await this.#closed;
    return this.#child.signalCode ?? this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}

export const skyPath = fileURLToPath(new URL("../../packages/cli/bin/sky.js", import.meta.url));

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = "";
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}
