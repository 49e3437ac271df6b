import type { ServerResponse } from "node:http";
import type { StatusWatch } from "./status-watch.js";
import type { SystemStatus } from "./system-status.js";

/** Named limits of the stream. */
const limits = {
  /** Pages that listen at once; a page that is hidden does not. */
  listenersMax: 200,
  /** A word now and then keeps what stands between from taking the silence for the end. */
  heartbeatMs: 15_000,
  /** What a listener may leave unread: it is told what is, not what was, so more of it helps nobody. */
  unreadBytesMax: 16 * 1024,
  /** How soon a browser comes back after the stream broke. */
  retryMs: 1_000,
} as const;

/** The status as server-sent events (WHATWG HTML, section 9.2), for pages that are open. */
export class StatusStream {
  readonly #watch: StatusWatch;
  readonly #listening = new Map<ServerResponse, () => void>();
  #state: "open" | "closed" = "open";

  constructor(watch: StatusWatch) {
    this.#watch = watch;
  }

  /** Answers with the stream, until the listener leaves or `close` is called; false where there are too many, and after it. */
  serve(response: ServerResponse, headers: Readonly<Record<string, string>>): boolean {
    if (this.#state === "closed" || this.#listening.size >= limits.listenersMax) return false;
    response.writeHead(200, { ...headers, "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(`retry: ${limits.retryMs}\n\n`);
    const heartbeat = setInterval(() => write(response, ": still here\n\n"), limits.heartbeatMs);
    const unsubscribe = this.#watch.subscribe((status) => write(response, eventOf(status)));
    this.#listening.set(response, () => {
      clearInterval(heartbeat);
      unsubscribe();
    });
    response.once("close", () => this.#left(response));
    return true;
  }

  /** Ends every stream: a page then comes back to whoever answers next. */
  close(): void {
    this.#state = "closed";
    for (const response of this.#listening.keys()) {
      this.#left(response);
      response.end();
    }
  }

  #left(response: ServerResponse): void {
    this.#listening.get(response)?.();
    this.#listening.delete(response);
  }
}

function eventOf(status: SystemStatus): string {
  return `event: status\ndata: ${JSON.stringify(status)}\n\n`;
}

function write(response: ServerResponse, text: string): void {
  if (response.writableLength > limits.unreadBytesMax) response.destroy();
  else response.write(text);
}
