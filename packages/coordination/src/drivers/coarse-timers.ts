import { type Clock, type Timer, TimerWheel, TimerWheelEntry } from "@skylark/core/internal";

/** Fine enough for waits of half a second and more. */
const tickMs = 100;
/** 1.6 s in one turn of the wheel; a timer may run for longer. */
const slots = 16;

/**
 * Timers for what nearly always ends before they fire: all of them together use one of the clock's, and only while there
 * are any. They fire up to two tenths of a second late, never early, and keep no process alive.
 */
export class CoarseTimers {
  readonly #clock: Clock;
  readonly #wheel: TimerWheel;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new TimerWheel(clock, tickMs, slots);
  }

  after(delayMs: number, fire: () => void): Timer {
    const timer = new CoarseTimer(this.#wheel, fire);
    this.#wheel.add(timer, this.#clock.now() + delayMs);
    return timer;
  }
}

class CoarseTimer extends TimerWheelEntry implements Timer {
  readonly #wheel: TimerWheel;
  readonly #fire: () => void;

  constructor(wheel: TimerWheel, fire: () => void) {
    super();
    this.#wheel = wheel;
    this.#fire = fire;
  }

  cancel(): void {
    this.#wheel.remove(this);
  }

  override timedOut(): void {
    this.#fire();
  }
}
