import { type Deferred, deferred, TimerWheelEntry } from "@skylark/core/internal";
import type { CallRequest, HostMessage } from "../protocol/messages.js";

/** The message that ends a call, with the pages before it gathered in; or why there is none. */
export type CallAnswer = Extract<HostMessage, { call: number }>;

export type CallEnd =
  | { readonly kind: "answered"; readonly answer: CallAnswer }
  /** The connection went while it was under way. */
  | { readonly kind: "lost" }
  /** `sent`: it may still happen. */
  | { readonly kind: "timed out"; readonly sent: boolean }
  | { readonly kind: "cancelled"; readonly reason: unknown }
  | { readonly kind: "closed" };

/** One call on its way. Waits on the timer wheel of its table. */
export class PendingCall extends TimerWheelEntry {
  readonly number: number;
  readonly request: CallRequest;
  readonly #ended: Deferred<CallEnd> = deferred();
  readonly #timedOut: (call: PendingCall) => void;
  #page: CallAnswer | undefined;

  constructor(number: number, request: CallRequest, timedOut: (call: PendingCall) => void) {
    super();
    this.number = number;
    this.request = request;
    this.#timedOut = timedOut;
  }

  /** Reads may be made again; a write whose answer was lost may have happened. */
  get isRead(): boolean {
    return this.request.kind !== "write";
  }

  get ended(): Promise<CallEnd> {
    return this.#ended.promise;
  }

  end(end: CallEnd): void {
    this.#ended.resolve(end);
  }

  /** Takes a page. True: that was the last. */
  gather(answer: CallAnswer): boolean {
    this.#page = this.#page ? joined(this.#page, answer) : answer;
    if ("more" in answer && answer.more) return false;
    this.#ended.resolve({ kind: "answered", answer: this.#page });
    return true;
  }

  /** It will be asked anew. */
  forgetPages(): void {
    this.#page = undefined;
  }

  override timedOut(): void {
    this.#timedOut(this);
  }
}

function joined(before: CallAnswer, next: CallAnswer): CallAnswer {
  if (before.kind === "entries" && next.kind === "entries")
    return { ...next, entries: before.entries.concat(next.entries) };
  if (before.kind === "names" && next.kind === "names") return { ...next, names: before.names.concat(next.names) };
  return next;
}
