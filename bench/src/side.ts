import { Child } from "./child.js";
import type { ContenderName } from "./contenders.js";
import type { LoadPlan, LoadResult } from "./load.js";

export type SideRequest = { readonly kind: "cpu" } | ({ readonly kind: "load" } & LoadPlan);

export type SideAnswer =
  | { readonly kind: "ready"; readonly address: string }
  | { readonly kind: "cpu"; readonly cpuMicros: number }
  | ({ readonly kind: "loaded"; readonly cpuMicros: number } & LoadResult);

/** A client's or a server's process, seen from the one that measures. Whoever starts it disposes it. */
export class Side implements AsyncDisposable {
  readonly #child: Child<SideRequest, SideAnswer>;

  private constructor(role: "server" | "client", contender: ContenderName, address: string[]) {
    const args = [role, contender, ...address];
    this.#child = new Child({ script: "./side-process.ts", args, title: `${role} of ${contender}` });
  }

  static async server(contender: ContenderName): Promise<{ side: Side; address: string }> {
    const side = new Side("server", contender, []);
    return { side, address: (await side.#child.answer("ready")).address };
  }

  static async client(contender: ContenderName, address: string): Promise<Side> {
    const side = new Side("client", contender, [address]);
    await side.#child.answer("ready");
    return side;
  }

  /** CPU time of the process since its start. */
  async cpuMicros(): Promise<number> {
    this.#child.send({ kind: "cpu" });
    return (await this.#child.answer("cpu")).cpuMicros;
  }

  load(plan: LoadPlan): Promise<Extract<SideAnswer, { kind: "loaded" }>> {
    this.#child.send({ kind: "load", ...plan });
    return this.#child.answer("loaded");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
