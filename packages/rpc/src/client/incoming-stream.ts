import { SkylarkError } from "@skylark/core";
import { type Clock, type TimerWheel, TimerWheelEntry } from "@skylark/core/internal";
import type { Link } from "../connection/link.js";
import { creditOf, ReadWindow } from "../connection/window.js";
import { decodeValue } from "../wire/codec.js";
import { decodeFailure, Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import { protocolError } from "../wire/protocol-error.js";
import type { Outcome, Underway } from "./client-call.js";
import { Line } from "./line.js";
import type { StreamCall } from "./stream-call.js";

/** What a reader gets: a message, the end, or why it ended. */
export type Taken = IteratorResult<unknown, undefined> | Failure;

type IncomingState =
  /** The request has left. */
  | { kind: "asked"; settle: (outcome: Outcome) => void }
  /** Its handler runs, and may run twice: as long as nothing came, another attempt is as good. */
  | { kind: "begun"; settle: (outcome: Outcome) => void }
  /** The attempt was a success: what becomes of the stream now is for its reader. */
  | { kind: "flowing" }
  /** Nothing comes any more. What came before its end may not have been taken; `failure` is told behind it, once. */
  | { kind: "ended"; failure: Failure | undefined };

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

/**
 * The near end of a server stream (clauses RPC-SERVER-STREAM-*). Messages lie here as they came, undecoded, until the reader
 * takes them; only then they count as read. So what waits is never more than the window and one message.
 */
export class IncomingStream extends TimerWheelEntry implements Underway {
  readonly #parts: IncomingStreamParts;
  readonly #window = new ReadWindow();
  readonly #untaken = new Line();
  #takers: ((taken: Taken) => void)[] = [];
  #state: IncomingState;

  constructor(parts: IncomingStreamParts) {
    super();
    this.#parts = parts;
    this.#state = { kind: "asked", settle: parts.settle };
    parts.call.underway = this;
    this.#arm();
  }

  /** Bytes that came and were not taken. */
  get untakenBytes(): number {
    return this.#untaken.bytes;
  }

  /** The next message, once it is there. */
  take(): Taken | Promise<Taken> {
    const bytes = this.#untaken.shift();
    if (bytes) return this.#read(bytes, 0, bytes.length);
    if (this.#state.kind === "ended") return this.#end();
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Nobody wants it any more; its reader gets `why`, or the end where it is the reader that left. */
  leave(why?: Failure): void {
    const isOver = this.#state.kind === "ended" && this.#state.failure === undefined && this.#untaken.bytes === 0;
    if (isOver) return;
    const { link, id } = this.#parts;
    this.#untaken.clear();
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
    this.#window.arrived(end - start, this.#parts.id);
    if (this.#state.kind === "asked") throw protocolError("a stream sends a message before it has begun");
    if (this.#state.kind === "begun") this.#flow(this.#state.settle);
    const taker = this.#takers.shift();
    if (taker) taker(this.#read(bytes, start, end));
    else this.#untaken.push(Buffer.from(bytes.subarray(start, end)));
  }

  #flow(settle: (outcome: Outcome) => void): void {
    this.#state = { kind: "flowing" };
    this.#parts.call.underway = undefined;
    settle(this);
  }

  #read(bytes: Buffer, start: number, end: number): Taken {
    let value: unknown;
    try {
      value = decodeValue(bytes, start, end);
    } catch (thrown) {
      return this.#unreadable(thrown);
    }
    const { link, id } = this.#parts;
    const credit = this.#window.read(end - start);
    if (credit && this.#state.kind !== "ended") link.control(frameKinds.credit, id, credit);
    return { value, done: false };
  }

  /** The value is bad, the frames are not: the connection lives. */
  #unreadable(thrown: unknown): Failure {
    const { message, reason } = SkylarkError.from(thrown);
    this.leave();
    return new Failure("internal", `a message of ${this.#parts.call.name} cannot be read: ${message}`, { reason });
  }

  #ended(failure: Failure | undefined): void {
    const before = this.#state;
    const { call, clock, deadlines, link, id, released } = this.#parts;
    this.#state = { kind: "ended", failure };
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
    const takers = this.#takers;
    this.#takers = [];
    for (const taker of takers) taker(this.#end());
  }

  #end(): Taken {
    const failure = this.#state.kind === "ended" ? this.#state.failure : undefined;
    this.#state = { kind: "ended", failure: undefined };
    return failure ?? { value: undefined, done: true };
  }

  #arm(): void {
    const { call, deadlines } = this.#parts;
    if (call.deadlineAt !== Number.POSITIVE_INFINITY) deadlines.add(this, call.deadlineAt);
  }
}
