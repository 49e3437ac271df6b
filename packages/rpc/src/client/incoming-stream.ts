import { SkylarkError } from "@skylark/core";
import { type Clock, type TimerWheel, TimerWheelEntry } from "@skylark/core/internal";
import type { Link } from "../connection/link.js";
import { MessageReader, type Taken } from "../connection/message-reader.js";
import { creditOf } from "../connection/window.js";
import { decodeFailure, Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import { protocolError } from "../wire/protocol-error.js";
import type { Outcome, Underway } from "./client-call.js";
import type { StreamCall } from "./stream-call.js";

type IncomingState =
  /** The request has left. */
  | { kind: "asked"; settle: (outcome: Outcome) => void }
  /** Its handler runs, and may run twice: as long as nothing came, another attempt is as good. */
  | { kind: "begun"; settle: (outcome: Outcome) => void }
  /** The attempt was a success: what becomes of the stream now is for its reader. */
  | { kind: "flowing" }
  /** Nothing comes any more. What came before may not have been taken. */
  | { kind: "ended" };

/** What the stream needs of the connection that it comes by, which owns it until it has ended. */
export interface IncomingStreamParts {
  readonly id: number;
  readonly link: Link;
  readonly call: StreamCall;
  readonly clock: Clock;
  readonly deadlines: TimerWheel;
  /** The attempt is over: with this stream, or a Failure. */
  readonly settle: (outcome: Outcome) => void;
  /** It has ended: its id means nothing any more. */
  readonly released: () => void;
}

/** The near end of a server stream (clauses RPC-SERVER-STREAM-*): a reader of messages, and what becomes of the attempt. */
export class IncomingStream extends TimerWheelEntry implements Underway {
  readonly #parts: IncomingStreamParts;
  readonly #reader: MessageReader;
  #state: IncomingState;

  constructor(parts: IncomingStreamParts) {
    super();
    const { id, link, call, settle } = parts;
    this.#parts = parts;
    this.#reader = new MessageReader({ id, link, unreadable: (thrown) => this.#unreadable(thrown) });
    this.#state = { kind: "asked", settle };
    call.underway = this;
    this.#arm();
  }

  /** The next message, once it is there. */
  take(): Taken | Promise<Taken> {
    return this.#reader.take();
  }

  /** Nobody wants it any more; its reader gets `why`, or the end where it is the reader that left. */
  leave(why?: Failure): void {
    if (this.#reader.isSpent) return;
    const { link, id } = this.#parts;
    this.#reader.clear();
    if (this.#state.kind !== "ended") {
      link.forget(id);
      link.control(frameKinds.cancel, id);
    }
    this.#ended(why);
  }

  giveUp(why: Failure): void {
    this.leave(why);
  }

  override timedOut(): void {
    this.leave(this.#parts.call.deadlineExceeded());
  }

  /** A frame for this stream arrived. What it throws ends the connection. */
  received(kind: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind === "ended") return;
    if (kind === frameKinds.message) this.#arrived(bytes, start, end);
    else if (kind === frameKinds.credit) this.#begun(bytes, start, end);
    else if (kind === frameKinds.end) this.#ended(undefined);
    else if (kind === frameKinds.failure) this.#ended(decodeFailure(bytes, start, end));
    else throw protocolError(`frame kind ${kind} does not belong to a stream`);
  }

  /** Its connection is gone. */
  lost({ message }: SkylarkError): void {
    if (this.#state.kind !== "ended") this.#ended(this.#parts.call.lost(message));
  }

  #begun(payload: Buffer, start: number, end: number): void {
    creditOf(payload, start, end);
    if (this.#state.kind !== "asked") return;
    const { call, deadlines } = this.#parts;
    deadlines.remove(this);
    call.begun();
    this.#arm();
    if (call.idempotent) this.#state = { kind: "begun", settle: this.#state.settle };
    else this.#flow(this.#state.settle);
  }

  #arrived(bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind === "asked") throw protocolError("a stream sends a message before it has begun");
    if (this.#state.kind === "begun") this.#flow(this.#state.settle);
    this.#reader.arrived(bytes, start, end);
  }

  #flow(settle: (outcome: Outcome) => void): void {
    this.#state = { kind: "flowing" };
    this.#parts.call.underway = undefined;
    settle(this);
  }

  #unreadable(thrown: unknown): Failure {
    const { message, reason } = SkylarkError.from(thrown);
    this.leave();
    return new Failure("internal", `a message of ${this.#parts.call.name} cannot be read: ${message}`, { reason });
  }

  #ended(failure: Failure | undefined): void {
    const before = this.#state;
    const { call, clock, deadlines, link, id, released } = this.#parts;
    this.#state = { kind: "ended" };
    if (before.kind !== "ended") {
      deadlines.remove(this);
      link.forgetIncoming(id);
      released();
    }
    if (before.kind === "asked" || before.kind === "begun") {
      call.underway = undefined;
      if (failure && before.kind === "begun") call.cutOff(clock.now());
      before.settle(failure ?? this);
    }
    this.#reader.end(failure);
  }

  #arm(): void {
    const { call, deadlines } = this.#parts;
    if (call.deadlineAt !== Number.POSITIVE_INFINITY) deadlines.add(this, call.deadlineAt);
  }
}
