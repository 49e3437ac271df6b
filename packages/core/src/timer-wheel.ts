import type { Clock, Timer } from "./clock.js";

/** What a wheel holds. Extend it, so that waiting costs no object of its own. */
export abstract class TimerWheelEntry {
  /** @internal */ wheelNext: TimerWheelEntry | undefined = undefined;
  /** @internal */ wheelPrevious: TimerWheelEntry | undefined = undefined;
  /** @internal */ wheelTick = 0;

  /** Its time has come; it is off the wheel already. */
  abstract timedOut(): void;
}

class Slot extends TimerWheelEntry {
  override timedOut(): void {}
}

/**
 * Many deadlines on one timer (Varghese & Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987): adding and removing
 * touch a few pointers. An entry fires at its time or less than two ticks later, never before.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots: Slot[];
  #tick: number;
  #size = 0;
  #timer: Timer | undefined;

  /** `tickMs`: how often it looks; an entry fires less than two of them late. `slots`: a power of two; slots × tickMs should cover the usual wait. */
  constructor(clock: Clock, tickMs = 8, slots = 1024) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#slots = Array.from({ length: slots }, () => {
      const slot = new Slot();
      slot.wheelNext = slot;
      slot.wheelPrevious = slot;
      return slot;
    });
    this.#tick = this.#tickAt(clock.now());
  }

  get size(): number {
    return this.#size;
  }

  /** `at`: an instant of the wheel's clock. */
  add(entry: TimerWheelEntry, at: number): void {
    if (this.#size++ === 0) this.#start();
    const tick = Math.max(Math.ceil(at / this.#tickMs), this.#tick + 1);
    const slot = this.#slots[tick & (this.#slots.length - 1)] as Slot;
    entry.wheelTick = tick;
    const last = slot.wheelPrevious as TimerWheelEntry;
    last.wheelNext = entry;
    entry.wheelPrevious = last;
    entry.wheelNext = slot;
    slot.wheelPrevious = entry;
  }

  /** Takes an entry off; does nothing where it is not on. */
  remove(entry: TimerWheelEntry): void {
    const { wheelNext: next, wheelPrevious: previous } = entry;
    if (!next || !previous) return;
    previous.wheelNext = next;
    next.wheelPrevious = previous;
    entry.wheelNext = undefined;
    entry.wheelPrevious = undefined;
    if (--this.#size === 0) this.#stop();
  }

  #start(): void {
    this.#tick = this.#tickAt(this.#clock.now());
    this.#timer ??= this.#clock.every(this.#tickMs, () => this.#turn());
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #turn(): void {
    const now = this.#tickAt(this.#clock.now());
    const turns = Math.min(now - this.#tick, this.#slots.length);
    const first = this.#tick + 1;
    this.#tick = now;
    for (let turn = 0; turn < turns; turn++) this.#fire(this.#slots[(first + turn) & (this.#slots.length - 1)] as Slot);
  }

  #fire(slot: Slot): void {
    const due: TimerWheelEntry[] = [];
    for (let entry = slot.wheelNext as TimerWheelEntry; entry !== slot; entry = entry.wheelNext as TimerWheelEntry) {
      if (entry.wheelTick <= this.#tick) due.push(entry);
    }
    for (const entry of due) {
      const stillDue = entry.wheelNext !== undefined && entry.wheelTick <= this.#tick; // another's end may have moved it
      if (!stillDue) continue;
      this.remove(entry);
      entry.timedOut();
    }
  }

  #tickAt(now: number): number {
    return Math.floor(now / this.#tickMs);
  }
}
