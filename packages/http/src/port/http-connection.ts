import type { Socket } from "node:net";
import { systemClock, type Timer } from "@skylark/core/internal";
import { httpLimits } from "../limits.js";
import type { HttpExchange } from "./http-exchange.js";

type ConnectionState =
  | { kind: "open" }
  /** Those that wait for their answers get them; then it ends. */
  | { kind: "ending" }
  /** The last word is said, and what still comes is thrown away until the other side has heard it. */
  | { kind: "refused"; patience: Timer }
  | { kind: "closed" };

/** A connection that speaks HTTP, and what waits for answers on it. Owned by its port. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #exchanges = new Set<HttpExchange>();
  #state: ConnectionState = { kind: "open" };

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Requests that have not been answered yet. */
  get waiting(): number {
    return this.#exchanges.size;
  }

  get isUnread(): boolean {
    return this.#socket.writableLength > 0;
  }

  /** A request has come. False where no more may: it is to be refused. */
  begin(exchange: HttpExchange): boolean {
    this.#exchanges.add(exchange);
    exchange.response.once("close", () => this.#answered(exchange));
    return this.#state.kind === "open" && this.#exchanges.size <= httpLimits.pipelinedMax;
  }

  /** Says with the last answer for which somebody waits that no other comes by this connection. */
  leave(): void {
    const last = [...this.#exchanges].at(-1);
    if (last && !last.response.headersSent) last.response.shouldKeepAlive = false;
  }

  /** Ends it behind the answers for which somebody waits; at once where nobody does. */
  end(): void {
    if (this.#state.kind !== "open") return;
    this.#state = { kind: "ending" };
    if (this.#exchanges.size === 0) this.#socket.destroySoon();
    else this.leave();
  }

  /**
   * What came is no request, and nothing behind it can be read. Those that came before get their answers; else `words` are
   * the last, unless an answer to the very request that has gone wrong is out already.
   */
  refuse(words: string | Uint8Array): void {
    if (this.#state.kind === "refused" || this.#state.kind === "closed") return;
    const last = [...this.#exchanges].at(-1);
    const isCutShort = last !== undefined && !last.request.complete;
    if (isCutShort) this.#exchanges.delete(last);
    if (this.#exchanges.size > 0) return this.end();
    if (isCutShort && last.response.headersSent) this.#socket.end();
    else this.#socket.end(words);
    this.#state = { kind: "refused", patience: systemClock.after(httpLimits.lingerMs, () => this.destroy()) };
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The socket has closed: nobody waits any more. */
  closed(): void {
    if (this.#state.kind === "refused") this.#state.patience.cancel();
    this.#state = { kind: "closed" };
    const gone = [...this.#exchanges];
    this.#exchanges.clear();
    for (const exchange of gone) exchange.onGone();
  }

  #answered(exchange: HttpExchange): void {
    this.#exchanges.delete(exchange);
    if (this.#state.kind === "ending" && this.#exchanges.size === 0) this.#socket.destroySoon();
  }
}
