import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import { type Clock, type Deferred, deferred } from "@skylark/core/internal";
import type { HttpGuest } from "@skylark/rpc/internal";
import { sendError } from "../answer/answer.js";
import { HttpRefusal } from "../answer/http-refusal.js";
import { lastWords } from "../answer/last-words.js";
import { httpLimits } from "../limits.js";
import { HttpConnection } from "./http-connection.js";
import { HttpExchange } from "./http-exchange.js";
import { wordsFor } from "./unreadable.js";

export interface HttpPortOptions {
  /** Answers each request. What it throws is nobody's: it must not. */
  readonly answer: (exchange: HttpExchange) => void;
  readonly clock: Clock;
  /** Default: those of `httpLimits`. */
  readonly limits?: Partial<PortLimits> | undefined;
}

/** What each is for is said at `httpLimits`. */
export type PortLimits = Readonly<
  Record<
    | "headersTimeoutMs"
    | "requestTimeoutMs"
    | "keepAliveTimeoutMs"
    | "unreadTimeoutMs"
    | "lookIntervalMs"
    | "connectionsMax"
    | "requestsPerConnectionMax",
    number
  >
>;

/** What closing came to. */
export interface HttpReceipt {
  /** Requests that waited for their answers when it began, and got them. */
  readonly finished: number;
  /** Those that did not get them in time. */
  readonly abandoned: number;
}

type PortState = { kind: "open" } | { kind: "closing"; lastGone: Deferred<void> };

/** The HTTP side of a port that others accept connections on. Whoever made it closes it. */
export class HttpPort implements HttpGuest {
  readonly #options: HttpPortOptions;
  readonly #limits: PortLimits;
  readonly #server: Server;
  readonly #connections = new Map<Socket, HttpConnection>();
  #state: PortState = { kind: "open" };

  constructor(options: HttpPortOptions) {
    this.#options = options;
    this.#limits = { ...httpLimits, ...options.limits };
    this.#server = strictServer(this.#limits);
    this.#server.on("request", (request, response) => this.#begin(request, response));
    this.#server.on("connect", (request: IncomingMessage, socket) => this.#refuse(socket, lastWords(noProxy(request))));
    this.#server.on("clientError", (error: Error, socket) => this.#refuse(socket, wordsFor(error)));
    this.#server.on("timeout", (socket: Socket) => this.#idle(socket));
    this.#server.emit("listening"); // it never will be; but without this word it watches no slow request
  }

  takes(socket: Socket): void {
    if (this.#connections.size >= this.#limits.connectionsMax || this.#state.kind === "closing") {
      socket.on("error", () => {}); // it is on its way out
      socket.end(lastWords(this.#state.kind === "closing" ? leaving() : tooMany()), () => socket.destroy());
      return;
    }
    const connection = new HttpConnection(socket);
    this.#connections.set(socket, connection);
    socket.once("close", () => this.#closed(socket, connection));
    this.#server.emit("connection", socket);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Asks the clients to come back by other connections. Whatever comes by these is answered as before. */
  leave(): void {
    for (const connection of this.#connections.values()) connection.leave();
  }

  /**
   * Takes nothing new and closes what is idle; answers under way have `timeoutMs` to go out. Resolves when all connections
   * are gone.
   */
  async close(timeoutMs: number): Promise<HttpReceipt> {
    const lastGone = deferred();
    this.#state = { kind: "closing", lastGone };
    const before = this.#waiting();
    for (const connection of this.#connections.values()) connection.end();
    let abandoned = 0;
    const late = this.#options.clock.after(
      timeoutMs,
      () => {
        abandoned = this.#waiting();
        for (const connection of this.#connections.values()) connection.destroy();
      },
      true,
    );
    if (this.#connections.size > 0) await lastGone.promise;
    late.cancel();
    this.#server.close();
    return { finished: before - abandoned, abandoned };
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    const exchange = new HttpExchange(request, response);
    if (connection?.begin(exchange)) return this.#options.answer(exchange);
    sendError(response, this.#state.kind === "closing" ? leaving() : tooMany(), { connection: "close" });
  }

  #refuse(socket: unknown, words: string | Uint8Array | undefined): void {
    if (!(socket instanceof Socket)) return;
    const connection = this.#connections.get(socket);
    if (words !== undefined && socket.writable) connection?.refuse(words);
    else socket.destroy();
  }

  /** Nothing has moved on it for a while. Only a handler that takes its time is a good reason. */
  #idle(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (!connection || connection.waiting === 0 || connection.isUnread) socket.destroy();
  }

  #closed(socket: Socket, connection: HttpConnection): void {
    this.#connections.delete(socket);
    connection.closed();
    if (this.#state.kind === "closing" && this.#connections.size === 0) this.#state.lastGone.resolve();
  }

  #waiting(): number {
    let waiting = 0;
    for (const connection of this.#connections.values()) waiting += connection.waiting;
    return waiting;
  }
}

function strictServer(limits: PortLimits): Server {
  const server = createServer({
    insecureHTTPParser: false, // whatever the process was started with
    maxHeaderSize: httpLimits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.lookIntervalMs,
  });
  server.maxHeadersCount = httpLimits.headersMax + 1; // what is beyond is dropped unsaid: one more, and it is seen
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax;
  server.timeout = limits.unreadTimeoutMs;
  return server;
}

function noProxy({ url }: IncomingMessage): HttpRefusal {
  return new HttpRefusal(501, "unimplemented", `this is no proxy: it does not connect to ${url}`);
}

function tooMany(): HttpRefusal {
  return new HttpRefusal(503, "resource_exhausted", "too many requests wait here already: come back later");
}

function leaving(): HttpRefusal {
  return new HttpRefusal(503, "unavailable", "this process is closing: ask another", { reason: "DRAINING" });
}
