import { setImmediate as nextTurn } from "node:timers/promises";
import { SkylarkError } from "@skylark/core";
import type { Timer } from "@skylark/core/internal";
import { detached } from "../call-context.js";
import { lostError } from "../transport/lost-error.js";
import type { Wire } from "../transport/transport.js";
import type { Encoded, ValueRole } from "../wire/codec.js";
import { frameKinds, moreFlag, wireLimits } from "../wire/frame.js";
import { FrameReader, type FrameSink } from "../wire/frame-reader.js";
import { Outbox, type OutboxTarget, type OutboxTurns } from "../wire/outbox.js";
import { Assembly, type AssemblyOwner } from "./assembly.js";
import { KeepAlive, type KeepAliveOptions } from "./keep-alive.js";
import type { ConnectionResources } from "./resources.js";

/** What either end of a connection makes of what arrives. `bytes` is valid during the call only. */
export interface LinkEnd extends AssemblyOwner {
  /** A whole message or a control frame. What it throws ends the connection. */
  received(kind: number, stream: number, bytes: Buffer, start: number, end: number): void;
  /** Once. `undefined`: closed in order by the transport. */
  lost(cause: SkylarkError | undefined): void;
}

export interface LinkOptions {
  readonly keepAlive: KeepAliveOptions;
  readonly messageBytesMax: number;
}

type LinkState =
  | { kind: "open"; keepAlive: KeepAlive }
  /** Goodbye is said: what was queued before it goes out, then the wire ends. */
  | { kind: "ending"; patience: Timer }
  | { kind: "closed" };

/** A wire with frames on it: what both ends of a connection have in common. Owned by the end that made it. */
export class Link implements FrameSink {
  readonly peer: string;
  readonly #wire: Wire;
  readonly #end: LinkEnd;
  readonly #resources: ConnectionResources;
  readonly #outbox: Outbox;
  readonly #reader: FrameReader;
  readonly #assembly: Assembly;
  readonly #mostUnsent: number;
  #state: LinkState;
  #awaitDrain: (() => void)[] = [];

  constructor(wire: Wire, end: LinkEnd, resources: ConnectionResources, options: LinkOptions) {
    this.#wire = wire;
    this.#end = end;
    this.#resources = resources;
    this.peer = wire.peer;
    this.#reader = new FrameReader(this);
    this.#assembly = new Assembly(options.messageBytesMax, end);
    this.#mostUnsent = Math.max(wireLimits.outboxBytesMax, 2 * options.messageBytesMax);
    this.#outbox = new Outbox(this.#target(), resources.slab, turns, this.#mostUnsent);
    const ask = (): void => this.ask();
    const silent = (): void => {
      this.destroy(
        lostError(`${this.peer} has not been heard of for ${options.keepAlive.timeoutMs} ms after being asked`),
      );
    };
    const keepAlive = new KeepAlive(options.keepAlive, resources.clock, resources.liveness, ask, silent);
    this.#state = { kind: "open", keepAlive };
    // whoever dialled may have done so inside a call: what comes by this wire is none of that call's business
    wire.onData = (chunk) => detached(() => this.#take(chunk));
    wire.onDrain = () => {
      this.#outbox.flush();
      this.#drained();
    };
    wire.onClose = (cause) => {
      this.#close(cause && lostError(`the connection to ${this.peer} was lost: ${cause.message}`, cause));
    };
    this.#outbox.preface();
  }

  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  /** For how long the other side has said nothing, in milliseconds; undefined where the connection is ending or over. */
  get silentMs(): number | undefined {
    return this.#state.kind === "open" ? this.#state.keepAlive.silentMs : undefined;
  }

  /** Asks the other side for a sign of life; what comes of it shows in `silentMs`. */
  ask(): void {
    this.control(frameKinds.ping, 0);
  }

  /** So much waits for the other side that whoever can wait should (`caughtUp`). */
  get isBehind(): boolean {
    const { gatheredBytes, waitingBytes } = this.#outbox;
    return gatheredBytes + waitingBytes + this.#wire.unsentBytes > wireLimits.streamBacklogBytes;
  }

  /** Resolves when that is so no more, or the connection has ended. */
  async caughtUp(): Promise<void> {
    while (this.#state.kind === "open" && this.isBehind) await (this.#wire.backedUp ? this.#drain() : nextTurn());
  }

  /** Resolves when what was sent on this stream is with the transport, which keeps up; or the connection has ended. */
  async handedOn(stream: number): Promise<void> {
    do await (this.#wire.backedUp ? this.#drain() : nextTurn());
    while (this.#state.kind === "open" && (this.#outbox.holds(stream) || this.isBehind));
  }

  /** A frame that overtakes large messages. */
  control(kind: number, stream: number, payload?: Uint8Array): void {
    if (this.#state.kind !== "open") return;
    this.#outbox.frame(kind, stream, payload);
  }

  /** Encodes what `message` is to send next. Throws `invalid_argument` for what has no form on the wire. */
  encode(value: unknown, role: ValueRole, headBytes: number): Encoded {
    return this.#outbox.encode(value, role, headBytes);
  }

  /** A message in the order of its stream. Throws `resource_exhausted` where too much waits for the peer already. */
  message(kind: number, stream: number, head: Buffer | undefined, value: Encoded): void {
    if (this.#state.kind !== "open") return;
    this.#outbox.message(kind, stream, head, value);
  }

  /** A message that must not be missing: where there is no room for it, the connection ends. */
  bytes(kind: number, stream: number, bytes: Buffer): void {
    try {
      this.message(kind, stream, undefined, { bytes, start: 0, end: bytes.length });
    } catch (thrown) {
      this.destroy(SkylarkError.from(thrown, "internal"));
    }
  }

  /** A control frame behind the messages of its stream. */
  inOrder(kind: number, stream: number): void {
    if (this.#state.kind === "open") this.#outbox.inOrder(kind, stream);
  }

  /** A message of the connection behind everything that waits now: whoever reads it has read that. */
  behindAll(kind: number, payload: Buffer): void {
    if (this.#state.kind === "open") this.#outbox.behindAll(kind, payload);
  }

  /** What still goes out or comes in for this stream is of no use any more. */
  forget(stream: number): void {
    this.#outbox.forget(stream);
    this.#assembly.forget(stream);
  }

  /** What still comes in for this stream is of no use any more; what goes out is. */
  forgetIncoming(stream: number): void {
    this.#assembly.forget(stream);
  }

  /** Says goodbye behind what is queued, sends all of it and closes; `lost` follows when the transport is done. */
  end(payload: Buffer): void {
    if (this.#state.kind !== "open") return;
    this.#outbox.behindAll(frameKinds.goodbye, payload);
    this.#state.keepAlive.stop();
    this.#state = { kind: "ending", patience: this.#wait() };
    this.#outbox.whenEmpty(() => this.#wire.end());
  }

  /** Closes now. */
  destroy(cause: SkylarkError | undefined): void {
    this.#close(cause);
    this.#wire.destroy();
  }

  /** Something of the user's failed where nobody waits for it. */
  report(what: string, thrown: unknown): void {
    const { code, message } = SkylarkError.from(thrown);
    this.#resources.log("error", `${what} failed: ${message}`, { peer: this.peer, code });
  }

  frame(kind: number, stream: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind !== "open") return;
    if (kind === frameKinds.ping) this.control(frameKinds.pong, stream);
    else if (kind === frameKinds.pong) return;
    else if ((kind & moreFlag) !== 0 || kind === frameKinds.fragment) {
      this.#assembly.take(kind, stream, bytes.subarray(start, end));
    } else this.#end.received(kind, stream, bytes, start, end);
  }

  #take(chunk: Buffer): void {
    if (this.#state.kind !== "open") return;
    this.#state.keepAlive.heard();
    try {
      this.#reader.push(chunk);
    } catch (thrown) {
      this.destroy(SkylarkError.from(thrown, "internal"));
    }
  }

  /** The wire, watched where it falls behind: only then can too much be waiting. */
  #target(): OutboxTarget {
    const wire = this.#wire;
    return {
      write: (bytes) => {
        const taken = wire.write(bytes);
        if (!taken && wire.unsentBytes > this.#mostUnsent) this.#unread();
        return taken;
      },
      get backedUp() {
        return wire.backedUp;
      },
      get unsentBytes() {
        return wire.unsentBytes;
      },
    };
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => this.#awaitDrain.push(resolve));
  }

  #drained(): void {
    const waiting = this.#awaitDrain;
    this.#awaitDrain = [];
    for (const resume of waiting) resume();
  }

  #unread(): void {
    this.destroy(new SkylarkError("resource_exhausted", `${this.peer} does not read what it is sent`));
  }

  /** The other side may be frozen: when nothing has moved for a while, what it has not taken is given up. */
  #wait(before = Number.POSITIVE_INFINITY): Timer {
    return this.#resources.clock.after(endPatienceMs, () => {
      if (this.#state.kind !== "ending") return;
      const left = this.#outbox.waitingBytes + this.#wire.unsentBytes;
      if (left >= before) this.destroy(undefined);
      else this.#state = { kind: "ending", patience: this.#wait(left) };
    });
  }

  #close(cause: SkylarkError | undefined): void {
    const state = this.#state;
    if (state.kind === "closed") return;
    this.#state = { kind: "closed" };
    if (state.kind === "open") state.keepAlive.stop();
    else state.patience.cancel();
    this.#outbox.close();
    this.#drained();
    detached(() => this.#end.lost(cause));
  }
}

const endPatienceMs = 1000;
const turns: OutboxTurns = { soon: (run) => process.nextTick(run), later: (run) => setImmediate(run) };
