import type { Socket } from "node:net";
import { SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { type HostAddress, hostName } from "../connect-string.js";
import {
  type ConnectRequest,
  type ConnectResponse,
  readConnectResponse,
  writeConnectRequest,
} from "../wire/connect.js";
import { Framer } from "../wire/framer.js";
import { type ReplyHeader, readReplyHeader, specialXids } from "../wire/headers.js";
import { JuteReader } from "../wire/jute-reader.js";
import { JuteWriter } from "../wire/jute-writer.js";
import { writePacket } from "../wire/operation.js";
import { operations } from "../wire/operations.js";
import { protocolError } from "../wire/protocol-error.js";
import { readWatchEvent, type WatchEvent } from "../wire/watch-event.js";
import { dial, type TlsOptions } from "./dial.js";
import { type Exchange, numberPacket } from "./exchange.js";
import { Fifo } from "./fifo.js";

export interface ConnectionOptions {
  readonly address: HostAddress;
  readonly tls: TlsOptions | undefined;
  readonly request: ConnectRequest;
  /** Longer packets from the server end the connection. */
  readonly replyBytesMax: number;
  readonly clock: Clock;
}

/** Told in the order in which things came; nothing after `ended`. */
export interface ConnectionOwner {
  /** The answer to the connect request, which was sent at `sentAt`. */
  greeted(response: ConnectResponse, sentAt: number): void;
  /** A request goes out that will be answered. */
  asked(now: number): void;
  /** Bytes came. */
  heard(): void;
  /** The answer came to what was sent at `sentAt`; `zxid` is the newest transaction the server has seen. */
  answered(sentAt: number, zxid: bigint): void;
  fired(event: WatchEvent): void;
  /** There is room for more requests. */
  writable(): void;
  /** `wasGreeting`: the server took the connect request, and hung up without a word. */
  ended(cause: SkylarkError, wasGreeting: boolean): void;
}

type ConnectionState =
  | { kind: "dialling" }
  | { kind: "greeting"; sentAt: number }
  | { kind: "open" }
  /** The last request is out; what still comes is of no interest. */
  | { kind: "ended" };

interface Sent {
  readonly xid: number;
  readonly sentAt: number;
  readonly exchange: Exchange;
}

/** Node's names for what is wrong with a certificate, the server's or, as the server says, ours. */
const distrust = /^(ERR_TLS_CERT|ERR_SSL_.*(CERT|UNKNOWN_CA)|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY))/;

/** Beyond it, xids begin again with 1; by then none of the first is under way. */
const xidMax = 0x7f_ff_ff_ff;

/** One connection to one server, from dialling to its end. Owns its socket, and what was sent and not yet answered. */
export class Connection {
  readonly host: string;
  readonly #clock: Clock;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #inOrder = new Fifo<Sent>();
  readonly #pings = new Fifo<number>();
  readonly #auths = new Fifo<Sent>();
  #state: ConnectionState = { kind: "dialling" };
  #xid = 0;
  #cause: Error | undefined;

  constructor(options: ConnectionOptions, owner: ConnectionOwner) {
    this.host = hostName(options.address);
    this.#clock = options.clock;
    this.#owner = owner;
    this.#framer = new Framer(options.replyBytesMax, (packet) => this.#packet(packet));
    const { socket, ready } = dial(options.address, options.tls);
    this.#socket = socket;
    socket.once(ready, () => this.#greet(options.request));
    socket.on("data", (chunk: Buffer) => this.#data(chunk));
    socket.on("drain", () => {
      if (this.#state.kind === "open") this.#owner.writable();
    });
    socket.on("error", (cause) => {
      this.#cause = cause;
    });
    socket.on("close", () => this.end(this.#lost()));
  }

  /** Whether a request that is sent now goes out at once. */
  get isWritable(): boolean {
    return this.#state.kind === "open" && !this.#socket.writableNeedDrain;
  }

  /** How many requests wait for their answers. */
  get unanswered(): number {
    return this.#inOrder.size;
  }

  send(exchange: Exchange): void {
    if (this.#state.kind !== "open") return exchange.lost(this.#lost());
    const now = this.#clock.now();
    const xid = exchange.xid ?? this.#nextXid();
    numberPacket(exchange.packet, xid);
    const answers = xid === specialXids.auth ? this.#auths : this.#inOrder;
    answers.push({ xid, sentAt: now, exchange });
    exchange.sent(now);
    this.#owner.asked(now);
    this.#write(exchange.packet);
  }

  ping(): void {
    if (this.#state.kind !== "open") return;
    const now = this.#clock.now();
    this.#pings.push(now);
    this.#owner.asked(now);
    this.#write(packetOf(specialXids.ping, "ping"));
  }

  /** Ends the session in order: resolves when the server has hung up, which it does when all is done, or after `patienceMs`. */
  leave(patienceMs: number, cause: SkylarkError): Promise<void> {
    const socket = this.#socket;
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    if (this.#state.kind !== "open") this.end(cause);
    else {
      socket.write(packetOf(this.#nextXid(), "closeSession"));
      const patience = this.#clock.after(patienceMs, () => socket.destroy(), true);
      socket.once("close", () => patience.cancel());
      this.#finish(cause);
    }
    return gone;
  }

  /** Ends the connection, and fails what was not answered. */
  end(cause: SkylarkError): void {
    this.#socket.destroy();
    this.#finish(cause);
  }

  #finish(cause: SkylarkError): void {
    if (this.#state.kind === "ended") return;
    const wasGreeting = this.#state.kind === "greeting";
    this.#state = { kind: "ended" };
    this.#owner.ended(cause, wasGreeting);
    for (const { exchange } of [...this.#auths.takeAll(), ...this.#inOrder.takeAll()]) exchange.lost(cause);
  }

  #greet(request: ConnectRequest): void {
    if (this.#state.kind !== "dialling") return;
    this.#state = { kind: "greeting", sentAt: this.#clock.now() };
    const writer = new JuteWriter();
    writer.frame(() => writeConnectRequest(writer, request));
    this.#socket.write(writer.take());
  }

  #data(chunk: Buffer): void {
    if (this.#state.kind === "ended") return; // what comes after closing is read, so that the server's end is seen
    this.#owner.heard();
    try {
      this.#framer.push(chunk);
    } catch (thrown) {
      this.end(
        new SkylarkError("unavailable", `${this.host} broke the protocol: ${SkylarkError.from(thrown).message}`, {
          reason: "PROTOCOL",
          cause: thrown,
        }),
      );
    }
  }

  #packet(packet: Buffer): void {
    const state = this.#state;
    const reader = new JuteReader(packet);
    switch (state.kind) {
      case "dialling":
        throw protocolError("it spoke first");
      case "greeting":
        this.#state = { kind: "open" };
        return this.#owner.greeted(readConnectResponse(reader), state.sentAt);
      case "open":
        return this.#reply(readReplyHeader(reader), reader);
      case "ended":
        return; // came in one piece with what ended it
    }
  }

  #reply(header: ReplyHeader, body: JuteReader): void {
    switch (header.xid) {
      case specialXids.watchEvent:
        return this.#owner.fired(readWatchEvent(body));
      case specialXids.ping: {
        const sentAt = this.#pings.shift();
        if (sentAt === undefined) throw protocolError("it answered a ping that was not sent");
        return this.#owner.answered(sentAt, header.zxid);
      }
      case specialXids.auth:
        return this.#settle(this.#auths.shift(), header, body);
      default:
        return this.#settle(this.#inOrder.shift(), header, body);
    }
  }

  #settle(sent: Sent | undefined, { xid, zxid, error }: ReplyHeader, body: JuteReader): void {
    if (sent?.xid !== xid) {
      const cause = protocolError(`it answered request ${xid} where ${sent?.xid ?? "none"} was next`);
      sent?.exchange.lost(cause);
      throw cause;
    }
    this.#owner.answered(sent.sentAt, zxid);
    sent.exchange.replied(error, body);
    if (this.#state.kind === "open") this.#owner.writable();
  }

  /** What is written in one turn goes out together. */
  #write(packet: Buffer): void {
    const socket = this.#socket;
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(packet);
  }

  #nextXid(): number {
    this.#xid = this.#xid === xidMax ? 1 : this.#xid + 1;
    return this.#xid;
  }

  #lost(): SkylarkError {
    const { code = "" } = (this.#cause ?? {}) as { code?: string };
    if (distrust.test(code)) {
      const message = `${this.host} and this client do not trust each other's certificates: ${this.#cause?.message} (${code})`;
      return new SkylarkError("unauthenticated", message, { cause: this.#cause });
    }
    const why = this.#cause === undefined ? "hung up" : `was lost: ${this.#cause.message}`;
    return new SkylarkError("unavailable", `the connection to ${this.host} ${why}`, {
      reason: "CONNECTION_LOST",
      cause: this.#cause,
    });
  }
}

function packetOf(xid: number, operation: "ping" | "closeSession"): Buffer {
  const writer = new JuteWriter();
  writePacket(writer, xid, operations[operation], undefined);
  return writer.take();
}
