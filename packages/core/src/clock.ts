/** A handle that ends a timer. */
export interface Timer {
  cancel(): void;
}

/** Time as the rest of the code may know it: passed in, so that tests and simulations own it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. Its zero means nothing; it stands still while a laptop sleeps. */
  now(): number;
  /** Milliseconds since 1970, for people and for noticing sleep; may jump. */
  wallNow(): number;
  /** Runs `fire` once after `delayMs`. The timer does not keep the process alive unless `keepsAlive`. */
  after(delayMs: number, fire: () => void, keepsAlive?: boolean): Timer;
  /** Runs `fire` every `intervalMs`. Never keeps the process alive. */
  every(intervalMs: number, fire: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs, fire, keepsAlive = false) {
    const timer = setTimeout(fire, delayMs);
    if (!keepsAlive) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(intervalMs, fire) {
    const timer = setInterval(fire, intervalMs);
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};
