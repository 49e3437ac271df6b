import type { IncomingMessage, ServerResponse } from "node:http";
import type { PartLog } from "../part.js";
import { type Asset, readAssets } from "./assets.js";
import { readFormBody } from "./form-body.js";
import type { Html } from "./pages/html.js";
import { plainPage } from "./pages/plain-pages.js";
import { answer, type PageRequest, type PageSources } from "./routes.js";
import { StatusStream } from "./status/status-stream.js";
import type { StatusWatch } from "./status/status-watch.js";
import type { SystemStatus } from "./status/system-status.js";

/** The portal's own scripts run on these pages and nobody else's, and nothing comes from elsewhere. */
const headersOfAll = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
} as const;

export interface SiteParts extends Omit<PageSources, "gradingFailed"> {
  readonly watch: StatusWatch;
  /** Hears of every request. */
  readonly log: PartLog;
}

/** Everything that a browser asks of the portal. Whoever made it closes it before the port it is served on. */
export class Site {
  readonly #sources: PageSources;
  readonly #log: PartLog;
  readonly #stream: StatusStream;
  readonly #assets = readAssets();

  constructor({ grading, logPresence, watch, log }: SiteParts) {
    this.#sources = { grading, logPresence, gradingFailed: () => watch.lookNow() };
    this.#log = log;
    this.#stream = new StatusStream(watch);
  }

  /** Ends the streams, which would not end by themselves. */
  close(): void {
    this.#stream.close();
  }

  /** Answers with a page or an asset. What cannot be read at all it throws, for the port to refuse. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "/" } = request;
    const path = url.split("?", 1)[0] as string;
    if (method === "GET" && path === "/status") return this.#follow(response);
    const asset = method === "GET" || method === "HEAD" ? this.#assets.get(path) : undefined;
    const startedAt = performance.now();
    if (asset) sendAsset(response, asset);
    else await this.#sendPage({ method, path, form: await formOf(request) }, response);
    const ms = Math.round(performance.now() - startedAt);
    this.#log(asset ? "debug" : "info", `${method} ${url} ${response.statusCode}`, { ms });
  }

  async #sendPage(request: PageRequest, response: ServerResponse): Promise<void> {
    try {
      const { status, headers, page } = await answer(request, this.#sources);
      send(response, status, headers, page);
    } catch (thrown) {
      if (response.destroyed) return; // whoever asked has gone
      console.error(`${request.method} ${request.path} failed:`, thrown);
      const text = "The portal could not make this page. It says why in its log.";
      send(response, 500, {}, plainPage("Something went wrong", text, this.#status()));
    }
  }

  #follow(response: ServerResponse): void {
    if (this.#stream.serve(response, headersOfAll)) return;
    const text = "Too many pages listen already. This one works all the same.";
    send(response, 503, { "retry-after": "60" }, plainPage("Not right now", text, this.#status()));
  }

  /** What pages that ask nobody know. */
  #status(): SystemStatus {
    return { grading: "here", log: this.#sources.logPresence() };
  }
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  return request.method === "POST" ? await readFormBody(request) : new URLSearchParams();
}

function sendAsset(response: ServerResponse, { type, content }: Asset): void {
  response.writeHead(200, {
    ...headersOfAll,
    "content-type": type,
    "content-length": content.byteLength,
    "cache-control": "max-age=300",
  });
  response.end(content);
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
