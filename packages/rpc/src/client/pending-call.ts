import { TimerWheelEntry } from "@skylark/core/internal";
import type { Failure } from "../wire/failure.js";
import type { ClientCall, Outcome, Underway } from "./client-call.js";

/** The connection that an attempt left by, and which owns it. */
export interface PendingCallOwner {
  abandoned(pending: PendingCall): void;
}

/** An attempt in flight: one object, its deadline included. */
export class PendingCall extends TimerWheelEntry implements Underway {
  readonly stream: number;
  readonly #owner: PendingCallOwner;
  readonly #call: ClientCall;
  readonly #resolve: (outcome: Outcome) => void;

  constructor(owner: PendingCallOwner, stream: number, call: ClientCall, resolve: (outcome: Outcome) => void) {
    super();
    this.#owner = owner;
    this.stream = stream;
    this.#call = call;
    this.#resolve = resolve;
  }

  settle(outcome: Outcome): void {
    this.#call.underway = undefined;
    this.#resolve(outcome);
  }

  giveUp(why: Failure): void {
    this.#owner.abandoned(this);
    this.settle(why);
  }

  override timedOut(): void {
    this.giveUp(this.#call.deadlineExceeded());
  }

  lost(why: string): void {
    this.settle(this.#call.lost(why));
  }
}
