import { type Clock, Histogram, type HistogramData, type Timer } from "@skylark/core/internal";

/** How late the timers of this process fire: as late as everything else that comes in. Whoever starts it closes it. */
export class EventLoopDelay {
  readonly #clock: Clock;
  readonly #delays = new Histogram();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Watches from now on, if it does not already: nobody pays for what nobody asks for. */
  start(): void {
    if (this.#timer) return;
    let due = this.#clock.now() + intervalMs;
    this.#timer = this.#clock.every(intervalMs, () => {
      const now = this.#clock.now();
      this.#delays.record(now - due);
      due = now + intervalMs;
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  toData(): HistogramData {
    return this.#delays.toData();
  }
}

/** Fifty times a second: what blocks the loop for longer is seen, and to look costs next to nothing. */
const intervalMs = 20;
