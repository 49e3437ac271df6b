import { type Clock, type TimerWheel, TimerWheelEntry } from "@skylark/core/internal";

export interface KeepAliveOptions {
  /** Silence after which the peer is asked. Default: 5000 ms. */
  readonly intervalMs: number;
  /** Silence after having asked that ends the connection. Default: 5000 ms. */
  readonly timeoutMs: number;
}

export const defaultKeepAlive: KeepAliveOptions = { intervalMs: 5000, timeoutMs: 5000 };

type KeepAliveState = { kind: "listening" } | { kind: "asked"; at: number } | { kind: "stopped" };

/** A wheel that turns in tenths of a second is always a little late: that alone is no reason to ask again. */
const latenessMsMin = 250;

/**
 * Notices a peer that is gone without a word: a pulled cable, a frozen process. A judge who was late himself (a stopped
 * process, a blocked loop) asks again instead of judging: what the peer sent meanwhile may still be unread (RPC-ALIVE-*).
 */
export class KeepAlive extends TimerWheelEntry {
  readonly #options: KeepAliveOptions;
  readonly #clock: Clock;
  readonly #wheel: TimerWheel;
  readonly #ask: () => void;
  readonly #lost: () => void;
  #state: KeepAliveState = { kind: "listening" };
  #heardAt: number;
  #dueAt = 0;

  constructor(options: KeepAliveOptions, clock: Clock, wheel: TimerWheel, ask: () => void, lost: () => void) {
    super();
    this.#options = options;
    this.#clock = clock;
    this.#wheel = wheel;
    this.#ask = ask;
    this.#lost = lost;
    this.#heardAt = clock.now();
    this.#arm(this.#heardAt + options.intervalMs);
  }

  /** Something came, whatever it was. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  /** For how long nothing has come, in milliseconds. */
  get silentMs(): number {
    return this.#clock.now() - this.#heardAt;
  }

  stop(): void {
    this.#state = { kind: "stopped" };
    this.#wheel.remove(this);
  }

  override timedOut(): void {
    if (this.#state.kind === "stopped") return;
    const now = this.#clock.now();
    const { intervalMs, timeoutMs } = this.#options;
    const silentAt = this.#heardAt + intervalMs;
    const wasLate = now - this.#dueAt > Math.max(timeoutMs / 2, latenessMsMin);
    if (now < silentAt || (this.#state.kind === "asked" && this.#heardAt >= this.#state.at)) {
      this.#state = { kind: "listening" };
      this.#arm(silentAt);
    } else if (this.#state.kind === "asked" && !wasLate) {
      this.stop();
      this.#lost();
    } else {
      this.#state = { kind: "asked", at: now };
      this.#ask();
      this.#arm(now + timeoutMs);
    }
  }

  #arm(at: number): void {
    this.#dueAt = at;
    this.#wheel.add(this, at);
  }
}
