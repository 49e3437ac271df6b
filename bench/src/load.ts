import { Latencies } from "./latencies.js";

export interface LoadPlan {
  readonly inFlight: number;
  readonly forMs: number;
}

export interface LoadResult {
  readonly calls: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Keeps a number of calls in flight for a time, then waits for the last: it begins and ends at rest, so nothing is cut off. */
export async function runLoad(call: () => Promise<unknown>, { inFlight, forMs }: LoadPlan): Promise<LoadResult> {
  // reading the clock twice costs as much as a tenth of the floor's call: with many in flight every eighth call is enough
  const load = new Load(call, inFlight === 1 ? 1 : 8);
  const startedAt = performance.now();
  setTimeout(() => load.stop(), forMs);
  await Promise.all(Array.from({ length: inFlight }, (_, lane) => load.lane(lane)));
  const elapsedMs = performance.now() - startedAt;
  const { calls, latencies } = load;
  return { calls, elapsedMs, p50Ms: latencies.quantile(0.5), p99Ms: latencies.quantile(0.99) };
}

class Load {
  readonly #call: () => Promise<unknown>;
  readonly #timedEvery: number;
  readonly latencies = new Latencies();
  calls = 0;
  #isOver = false;

  constructor(call: () => Promise<unknown>, timedEvery: number) {
    this.#call = call;
    this.#timedEvery = timedEvery;
  }

  stop(): void {
    this.#isOver = true;
  }

  /** One call after the other. Lanes time different turns, so that those timed do not bunch. */
  async lane(lane: number): Promise<void> {
    for (let turn = lane; !this.#isOver; turn++) {
      if (turn % this.#timedEvery === 0) {
        const startedAt = performance.now();
        await this.#call();
        this.latencies.add(performance.now() - startedAt);
      } else {
        await this.#call();
      }
      this.calls++;
    }
  }
}
