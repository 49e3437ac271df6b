import { SkylarkError } from "skylark";
import { Pace } from "../support/pace.js";
import type { EchoFunctions } from "./echo.js";

export interface TrafficOrder {
  readonly service: string;
  readonly method: "echo" | "deposit";
  readonly perSecond: number;
  readonly timeoutMs: number;
  /** Makes ids unique among callers. */
  readonly name: string;
}

export interface TrafficReport {
  readonly made: number;
  readonly succeeded: readonly string[] | number;
  readonly failures: readonly { id: string; code: string; reason: string | undefined; message: string }[];
}

/** Calls at a steady rate, whether or not earlier ones have been answered, and keeps book. */
export class Traffic {
  readonly #client: EchoFunctions;
  readonly #order: TrafficOrder;
  readonly #pace: Pace;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  readonly #succeeded: string[] = [];
  readonly #failures: TrafficReport["failures"][number][] = [];
  #made = 0;

  constructor(client: EchoFunctions, order: TrafficOrder) {
    this.#client = client;
    this.#order = order;
    this.#pace = new Pace(order.perSecond);
    this.#timer = setInterval(() => this.#callThoseDue(), 5);
  }

  async stop(): Promise<TrafficReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    const succeeded = this.#order.method === "deposit" ? this.#succeeded : this.#succeeded.length;
    return { made: this.#made, succeeded, failures: this.#failures };
  }

  #callThoseDue(): void {
    for (let due = this.#pace.due(this.#open.size); due > 0; due--) {
      const call = this.#call(this.#made++);
      this.#open.add(call);
      void call.finally(() => this.#open.delete(call));
    }
  }

  async #call(number: number): Promise<void> {
    const id = `${this.#order.name}-${number}`;
    try {
      if (this.#order.method === "echo") await this.#client.echo(number);
      else await this.#client.deposit(id);
      this.#succeeded.push(id);
    } catch (thrown) {
      const { code, reason, message } = SkylarkError.from(thrown);
      this.#failures.push({ id, code, reason, message });
    }
  }
}
