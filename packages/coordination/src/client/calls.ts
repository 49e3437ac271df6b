import { SkylarkError } from "@skylark/core";
import { type Clock, TimerWheel } from "@skylark/core/internal";
import type { MessageStream } from "@skylark/rpc";
import { type CallRequest, type ClientMessage, protocolLimits } from "../protocol/messages.js";
import { type CallAnswer, type CallEnd, PendingCall } from "./pending-call.js";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

type CallsState =
  /** No session: what is asked waits. */
  { kind: "waiting" } | { kind: "sending"; stream: MessageStream } | { kind: "closed" };

/** Calls that may wait for a connection. */
const callsWaitingMax = 65_536;

/**
 * The calls of one client across its connections: sent in the order they were made; asked anew after a lost connection
 * where that is safe; given up at their deadline.
 */
export class Calls {
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #unsent = new Map<number, PendingCall>();
  readonly #sent = new Map<number, PendingCall>();
  #state: CallsState = { kind: "waiting" };
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new TimerWheel(clock);
  }

  async make(request: CallRequest, { signal, timeoutMs }: CallOptions): Promise<CallEnd> {
    if (this.#state.kind === "closed") return { kind: "closed" };
    if (signal?.aborted) return { kind: "cancelled", reason: signal.reason as unknown };
    if (this.#unsent.size >= callsWaitingMax) {
      const message = `more than ${callsWaitingMax} calls wait for a connection to the store`;
      throw new SkylarkError("resource_exhausted", message, { notExecuted: true });
    }
    const call = new PendingCall(++this.#last, request, (late) => this.#timedOut(late));
    const cancel = () => this.#end(call, { kind: "cancelled", reason: signal?.reason as unknown });
    signal?.addEventListener("abort", cancel, { once: true });
    this.#wheel.add(call, this.#clock.now() + timeoutMs);
    this.#unsent.set(call.number, call);
    this.pump();
    try {
      return await call.ended;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** A session is there; calls go out by `stream` from now on. */
  resume(stream: MessageStream): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "sending", stream };
    this.pump();
  }

  /** The session is over, the connection is not: what was sent is still answered, what follows waits for the next session. */
  pause(): void {
    if (this.#state.kind === "sending") this.#state = { kind: "waiting" };
  }

  /** The connection is gone. */
  lost(): void {
    this.pause();
    const again: PendingCall[] = [];
    for (const call of this.#sent.values()) {
      if (call.isRead) again.push(call);
      else this.#end(call, { kind: "lost" });
    }
    this.#sent.clear();
    const later = [...this.#unsent.values()];
    this.#unsent.clear();
    for (const call of [...again, ...later]) {
      call.forgetPages();
      this.#unsent.set(call.number, call);
    }
  }

  /** Sends what the stream has credit for. */
  pump(): void {
    if (this.#state.kind !== "sending") return;
    const { stream } = this.#state;
    for (const call of this.#unsent.values()) {
      if (!stream.writable || this.#sent.size >= protocolLimits.callsInFlightMax) return;
      this.#unsent.delete(call.number);
      this.#sent.set(call.number, call);
      stream.send({ kind: "call", call: call.number, request: call.request } satisfies ClientMessage);
    }
  }

  /** The answer to a call that was given up is ignored. */
  answered(answer: CallAnswer): void {
    const call = this.#sent.get(answer.call);
    if (!call?.gather(answer)) return;
    this.#sent.delete(call.number);
    this.#wheel.remove(call);
    if (this.#unsent.size > 0) this.pump();
  }

  close(reason: SkylarkError): void {
    this.#state = { kind: "closed" };
    for (const call of [...this.#sent.values(), ...this.#unsent.values()])
      this.#end(call, { kind: "cancelled", reason });
  }

  #timedOut(call: PendingCall): void {
    this.#end(call, { kind: "timed out", sent: this.#sent.has(call.number) });
  }

  #end(call: PendingCall, end: CallEnd): void {
    this.#sent.delete(call.number);
    this.#unsent.delete(call.number);
    this.#wheel.remove(call);
    call.end(end);
  }
}
