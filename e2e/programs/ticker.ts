import { setTimeout as pause } from "node:timers/promises";
import { application, call, serve } from "skylark";
import { answer } from "./side.js";

/** What a test reads of a stream: numbers without gaps, each from whoever sent it. */
export interface Tick {
  readonly tick: number;
  readonly instance: string;
}

const seen = { running: 0 };

const ticker = {
  /** From this number on, without end. */
  async *ticks(from: number): AsyncGenerator<Tick> {
    const { signal } = call();
    seen.running++;
    try {
      for (let tick = from; ; tick++) {
        yield { tick, instance: application().instance };
        await pause(2, undefined, { signal });
      }
    } finally {
      seen.running--;
    }
  },
  /** As many as that, as fast as they are read. */
  async *count(upTo: number): AsyncGenerator<number> {
    for (let number = 1; number <= upTo; number++) yield number;
  },
};
export type Ticker = typeof ticker;

const served = await serve("ticker", ticker);
answer({ instance: served.instance, address: served.address, pid: process.pid }, { running: () => seen.running });
