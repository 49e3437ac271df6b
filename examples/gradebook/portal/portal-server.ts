import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SkylarkError } from "skylark";
import type { Html } from "./pages/html.js";
import { plainPage } from "./pages/notice.js";
import { readFormBody } from "./request-body.js";
import { answer, type GradingCalls } from "./routes.js";

/** Loopback: whoever wants it on a network puts something in front that knows who may. */
const host = "127.0.0.1";

/** Named limits of the server; those of a form are in request-body.ts. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsMax: 1_000,
  requestsPerConnectionMax: 1_000,
  /** How long requests in flight get to finish when the portal leaves. */
  closeTimeoutMs: 5_000,
} as const;

/** No script runs on these pages, and nothing comes from elsewhere. */
const headersOfAll = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
} as const;

type PortalState = { kind: "open" } | { kind: "closing"; done: Promise<void> };

/** The pages on a port. Whoever made it closes it. */
export class PortalServer {
  readonly url: string;
  readonly #server: Server;
  readonly #grading: GradingCalls;
  readonly #assets = readAssets();
  readonly #inFlight = new Set<ServerResponse>();
  #state: PortalState = { kind: "open" };

  private constructor(server: Server, grading: GradingCalls) {
    this.#server = server;
    this.#grading = grading;
    this.url = `http://${host}:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  /** Port 0 takes a free one. Fails `failed_precondition` where the port is taken. */
  static async listen(port: number, grading: GradingCalls): Promise<PortalServer> {
    const server = createServer(limits);
    server.maxConnections = limits.connectionsMax;
    server.maxRequestsPerSocket = limits.requestsPerConnectionMax;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, port)));
      server.listen(port, host, resolve);
    });
    return new PortalServer(server, grading);
  }

  /** Takes nothing new, lets what is in flight finish, and says what came of it. */
  close(): Promise<void> {
    if (this.#state.kind === "open") this.#state = { kind: "closing", done: this.#close() };
    return this.#state.done;
  }

  async #close(): Promise<void> {
    const startedAt = performance.now();
    const inFlight = this.#inFlight.size;
    let abandoned = 0;
    for (const response of this.#inFlight) response.shouldKeepAlive = false;
    const late = setTimeout(() => {
      abandoned = this.#inFlight.size;
      this.#server.closeAllConnections();
    }, limits.closeTimeoutMs);
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    clearTimeout(late);
    const finished = inFlight - abandoned;
    const tookMs = Math.round(performance.now() - startedAt);
    console.log(
      `drain receipt: the portal left in ${tookMs} ms; ${finished} requests finished, ${abandoned} abandoned`,
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#inFlight.add(response);
    response.once("close", () => this.#inFlight.delete(response));
    if (this.#state.kind === "closing") response.shouldKeepAlive = false;
    try {
      await this.#answer(request, response);
    } catch (thrown) {
      if (response.destroyed) return; // whoever asked has gone
      console.error(`${request.method} ${request.url} failed:`, thrown);
      send(
        response,
        500,
        {},
        plainPage("Something went wrong", "The portal could not make this page. It says why in its log."),
      );
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "";
    const path = (request.url ?? "").split("?", 1)[0] as string;
    const asset = this.#assets.get(path);
    if (asset && (method === "GET" || method === "HEAD")) {
      response.writeHead(200, { ...headersOfAll, "content-type": asset.type, "cache-control": "max-age=300" });
      response.end(asset.content);
      return;
    }
    const form = method === "POST" ? await readFormBody(request) : new URLSearchParams();
    if ("status" in form) {
      send(response, form.status, { connection: "close" }, plainPage("Refused", form.text));
      return;
    }
    const { status, headers, page } = await answer({ method, path, form }, this.#grading);
    send(response, status, headers, page);
  }
}

/** Pages are not kept by anybody: going back in the browser shows what is, not what was. */
function send(response: ServerResponse, status: number, headers?: Readonly<Record<string, string>>, page?: Html): void {
  const body = Buffer.from(page?.toString() ?? "");
  response.writeHead(status, {
    ...headersOfAll,
    ...headers,
    "content-length": body.byteLength,
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
  });
  response.end(body);
}

/** Assets lie beside the sources; the build is one folder deeper. */
function readAssets(): ReadonlyMap<string, { readonly type: string; readonly content: Buffer }> {
  const folder = new URL("../../portal/assets/", import.meta.url);
  return new Map(
    [["portal.css", "text/css; charset=utf-8"] as const, ["mark.svg", "image/svg+xml"] as const].map(([name, type]) => [
      `/${name}`,
      { type, content: readFileSync(new URL(name, folder)) },
    ]),
  );
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== "EADDRINUSE") return error;
  const message = `port ${port} of ${host} is taken: free it, or set PORTAL_PORT to another, as in PORTAL_PORT=${port + 1} npm start`;
  return new SkylarkError("failed_precondition", message, { cause: error });
}
