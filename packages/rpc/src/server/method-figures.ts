import type { ErrorCode } from "@skylark/core";
import { Histogram, type HistogramData } from "@skylark/core/internal";

/** What a server has counted of one method since it was offered; as it travels. */
export interface MethodFiguresData {
  /** Calls that began; those that a leaving service refused did not. */
  readonly started: number;
  /** Calls that were answered with a result; streams that came to their own end. */
  readonly succeeded: number;
  /** By code: also calls that were given up. Codes that never came are left out. */
  readonly failures: Readonly<Partial<Record<ErrorCode, number>>>;
  /** From the arrival of a call to its end, whatever that was. Streams are as long as they like, and are not in it. */
  readonly latency: HistogramData;
}

/** Counts the calls of one method. On the way of every call: it makes nothing and looks at no clock. */
export class MethodFigures {
  readonly #latency: Histogram | undefined;
  readonly #failures = new Map<ErrorCode, number>();
  #started = 0;
  #succeeded = 0;

  constructor(shape: "unary" | "server-stream" | "stream") {
    this.#latency = shape === "unary" ? new Histogram() : undefined;
  }

  began(): void {
    this.#started++;
  }

  /** `code`: undefined where it succeeded. */
  ended(tookMs: number, code: ErrorCode | undefined): void {
    if (code === undefined) this.#succeeded++;
    else this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1);
    this.#latency?.record(tookMs);
  }

  toData(): MethodFiguresData {
    return {
      started: this.#started,
      succeeded: this.#succeeded,
      failures: Object.fromEntries(this.#failures),
      latency: this.#latency?.toData() ?? { sumMs: 0, buckets: [] },
    };
  }
}
