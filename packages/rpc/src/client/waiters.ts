import { type Timer, TimerWheelEntry } from "@skylark/core/internal";
import type { ConnectionResources } from "../connection/resources.js";
import type { Failure } from "../wire/failure.js";
import type { ClientCall, Underway } from "./client-call.js";

/** Calls for which there is no instance yet. Bounded by their deadlines. */
export class Waiters {
  readonly #resources: ConnectionResources;
  readonly #waiting = new Set<Waiter>();
  #alive: Timer | undefined;

  constructor(resources: ConnectionResources) {
    this.#resources = resources;
  }

  /** Until something changed (undefined), the call was given up, or its deadline passed: then `late` says what was missing. */
  wait(call: ClientCall, late: () => Failure): Promise<Failure | undefined> {
    return new Promise((resolve) => {
      const waiter = new Waiter(call, late, (failure) => {
        this.#waiting.delete(waiter);
        this.#resources.deadlines.remove(waiter);
        if (this.#waiting.size === 0) this.#alive?.cancel();
        resolve(failure);
      });
      if (this.#waiting.size === 0) this.#stayAlive();
      this.#waiting.add(waiter);
      if (call.deadlineAt !== Number.POSITIVE_INFINITY) this.#resources.deadlines.add(waiter, call.deadlineAt);
    });
  }

  wake(): void {
    for (const waiter of this.#waiting) waiter.end(undefined);
  }

  endAll(why: Failure): void {
    for (const waiter of this.#waiting) waiter.end(why);
  }

  /** Between two dials no socket is open: the process must not end while somebody waits for an answer. */
  #stayAlive(): void {
    this.#alive = this.#resources.clock.after(stayAliveMs, () => this.#stayAlive(), true);
  }
}

const stayAliveMs = 60_000;

class Waiter extends TimerWheelEntry implements Underway {
  readonly #call: ClientCall;
  readonly #late: () => Failure;
  readonly #ended: (failure: Failure | undefined) => void;

  constructor(call: ClientCall, late: () => Failure, ended: (failure: Failure | undefined) => void) {
    super();
    this.#call = call;
    this.#late = late;
    this.#ended = ended;
    call.underway = this;
  }

  end(failure: Failure | undefined): void {
    this.#call.underway = undefined;
    this.#ended(failure);
  }

  giveUp(why: Failure): void {
    this.end(why);
  }

  override timedOut(): void {
    this.end(this.#late());
  }
}
