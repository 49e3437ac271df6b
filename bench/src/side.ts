import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ContenderName } from "./contenders.js";
import type { LoadPlan, LoadResult } from "./load.js";

export type SideRequest = { readonly kind: "cpu" } | ({ readonly kind: "load" } & LoadPlan);

export type SideAnswer =
  | { readonly kind: "ready"; readonly address: string }
  | { readonly kind: "cpu"; readonly cpuMicros: number }
  | ({ readonly kind: "loaded"; readonly cpuMicros: number } & LoadResult);

type AnswerOf<K extends SideAnswer["kind"]> = Extract<SideAnswer, { kind: K }>;

const script = fileURLToPath(new URL("./side-process.ts", import.meta.url));
const answerWithinMs = 60_000;

/** A client's or a server's process, seen from the one that measures. Whoever starts it disposes it. */
export class Side implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #title: string;

  private constructor(role: "server" | "client", contender: ContenderName, address: string[]) {
    this.#title = `${role} of ${contender}`;
    this.#process = fork(script, [role, contender, ...address], {
      execArgv: ["--import", import.meta.resolve("tsx")],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  }

  static async server(contender: ContenderName): Promise<{ side: Side; address: string }> {
    const side = new Side("server", contender, []);
    return { side, address: (await side.#answer("ready")).address };
  }

  static async client(contender: ContenderName, address: string): Promise<Side> {
    const side = new Side("client", contender, [address]);
    await side.#answer("ready");
    return side;
  }

  /** CPU time of the process since its start. */
  async cpuMicros(): Promise<number> {
    this.#process.send({ kind: "cpu" } satisfies SideRequest);
    return (await this.#answer("cpu")).cpuMicros;
  }

  load(plan: LoadPlan): Promise<AnswerOf<"loaded">> {
    this.#process.send({ kind: "load", ...plan } satisfies SideRequest);
    return this.#answer("loaded");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    if (this.#process.connected) this.#process.disconnect();
    const patience = setTimeout(() => this.#process.kill("SIGKILL"), 2000);
    await exited;
    clearTimeout(patience);
  }

  /** Answers come in the order of the requests, one at a time. */
  #answer<K extends SideAnswer["kind"]>(kind: K): Promise<AnswerOf<K>> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(patience);
        this.#process.off("message", onMessage);
        this.#process.off("exit", onExit);
        end();
      };
      const fail = (why: string): void => settle(() => reject(new Error(`the ${this.#title} ${why}`)));
      const onMessage = (message: unknown): void => {
        const answer = message as SideAnswer;
        if (answer.kind === kind) settle(() => resolve(answer as AnswerOf<K>));
        else fail(`answered "${answer.kind}" where "${kind}" was expected`);
      };
      const onExit = (code: number | null): void => fail(`ended with ${code} before its answer`);
      const patience = setTimeout(() => fail(`has not answered within ${answerWithinMs} ms`), answerWithinMs);
      this.#process.on("message", onMessage);
      this.#process.on("exit", onExit);
    });
  }
}
