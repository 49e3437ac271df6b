import { SkylarkError } from "@skylark/core";
import { lostError } from "../transport/lost-error.js";
import type { Wire } from "../transport/transport.js";
import type { Encoded } from "../wire/codec.js";
import { frameKinds, moreFlag, wireLimits } from "../wire/frame.js";
import { FrameReader, type FrameSink } from "../wire/frame-reader.js";
import { Outbox } from "../wire/outbox.js";
import { Assembly } from "./assembly.js";
import { KeepAlive, type KeepAliveOptions } from "./keep-alive.js";
import type { ConnectionResources } from "./resources.js";

/** What either end of a connection makes of what arrives. `bytes` is valid during the call only. */
export interface LinkEnd {
  /** A whole message or a control frame. What it throws ends the connection. */
  received(kind: number, stream: number, bytes: Buffer, start: number, end: number): void;
  /** Once. `undefined`: closed in order by the transport. */
  lost(cause: SkylarkError | undefined): void;
}

type LinkState = { kind: "open"; keepAlive: KeepAlive } | { kind: "ending" } | { kind: "closed" };

/** A wire with frames on it: what both ends of a connection have in common. Owned by the end that made it. */
export class Link implements FrameSink {
  readonly peer: string;
  readonly #wire: Wire;
  readonly #end: LinkEnd;
  readonly #outbox: Outbox;
  readonly #reader: FrameReader;
  readonly #assembly: Assembly;
  #state: LinkState;

  constructor(
    wire: Wire,
    end: LinkEnd,
    resources: ConnectionResources,
    options: { keepAlive: KeepAliveOptions; messageBytesMax: number },
  ) {
    this.#wire = wire;
    this.#end = end;
    this.peer = wire.peer;
    this.#reader = new FrameReader(this);
    this.#assembly = new Assembly(options.messageBytesMax);
    this.#outbox = new Outbox(wire, resources.slab, process.nextTick, setImmediate);
    const ask = (): void => this.control(frameKinds.ping, 0);
    const silent = (): void => {
      this.destroy(
        lostError(`${this.peer} has not been heard of for ${options.keepAlive.timeoutMs} ms after being asked`),
      );
    };
    const keepAlive = new KeepAlive(options.keepAlive, resources.clock, resources.liveness, ask, silent);
    this.#state = { kind: "open", keepAlive };
    wire.onData = (chunk) => this.#take(chunk);
    wire.onDrain = () => this.#outbox.flush();
    wire.onClose = (cause) => {
      this.#close(cause && lostError(`the connection to ${this.peer} was lost: ${cause.message}`, cause));
    };
    this.#outbox.preface();
  }

  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  /** A frame that overtakes large messages. */
  control(kind: number, stream: number, payload?: Uint8Array): void {
    if (this.#state.kind !== "open") return;
    this.#outbox.frame(kind, stream, payload);
  }

  /** A message in the order of its stream. Throws `resource_exhausted` where too much waits for the peer already. */
  message(kind: number, stream: number, head: Buffer | undefined, value: Encoded): void {
    if (this.#state.kind !== "open") return;
    this.#outbox.message(kind, stream, head, value);
    if (this.#wire.unsentBytes > wireLimits.outboxBytesMax) {
      this.destroy(new SkylarkError("resource_exhausted", `${this.peer} does not read what it is sent`));
    }
  }

  /** A message whose bytes stand alone. */
  bytes(kind: number, stream: number, bytes: Buffer): void {
    this.message(kind, stream, undefined, { bytes, start: 0, end: bytes.length });
  }

  /** A control frame behind the messages of its stream. */
  inOrder(kind: number, stream: number, payload?: Buffer): void {
    if (this.#state.kind === "open") this.#outbox.inOrder(kind, stream, payload);
  }

  /** What still goes out or comes in for this stream is of no use any more. */
  forget(stream: number): void {
    this.#outbox.forget(stream);
    this.#assembly.forget(stream);
  }

  /** Says goodbye, sends what is left and closes; `lost` follows when the transport is done. */
  end(payload: Buffer): void {
    if (this.#state.kind !== "open") return;
    this.bytes(frameKinds.goodbye, 0, payload);
    this.#outbox.flush();
    this.#state.keepAlive.stop();
    this.#state = { kind: "ending" };
    this.#wire.end();
  }

  /** Closes now. */
  destroy(cause: SkylarkError | undefined): void {
    this.#close(cause);
    this.#wire.destroy();
  }

  frame(kind: number, stream: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.kind !== "open") return;
    if (kind === frameKinds.ping) this.control(frameKinds.pong, stream);
    else if (kind === frameKinds.pong) return;
    else if ((kind & moreFlag) !== 0 || kind === frameKinds.fragment) {
      this.#assembly.take(kind, stream, bytes.subarray(start, end), this.#whole);
    } else this.#end.received(kind, stream, bytes, start, end);
  }

  readonly #whole = (kind: number, stream: number, bytes: Buffer, start: number, end: number): void => {
    this.#end.received(kind, stream, bytes, start, end);
  };

  #take(chunk: Buffer): void {
    if (this.#state.kind !== "open") return;
    this.#state.keepAlive.heard();
    try {
      this.#reader.push(chunk);
    } catch (thrown) {
      this.destroy(SkylarkError.from(thrown, "internal"));
    }
  }

  #close(cause: SkylarkError | undefined): void {
    if (this.#state.kind === "closed") return;
    if (this.#state.kind === "open") this.#state.keepAlive.stop();
    this.#state = { kind: "closed" };
    this.#outbox.close();
    this.#end.lost(cause);
  }
}
