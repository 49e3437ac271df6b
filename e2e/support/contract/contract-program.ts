import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Pair {
  readonly Name: string;
  readonly URL: string;
}

export interface Patch {
  readonly Added: readonly Pair[];
  readonly Removed: readonly Pair[];
}

/** What becomes of the patches that arrive. */
export type PatchManner =
  | { readonly kind: "taken" }
  /** Refused with these statuses, one after the other; taken afterwards. */
  | { readonly kind: "refused"; readonly statuses: number[] }
  | { readonly kind: "deaf" }
  | { readonly kind: "hanging" }
  | { readonly kind: "redirected"; readonly to: string };

/** A program as the contract knows it: it takes patches, answers heartbeats, and can be told to do neither. */
export class ContractProgram implements AsyncDisposable {
  readonly service: string;
  readonly requires: readonly string[] | null;
  /** Patches that were taken, in order. */
  readonly taken: Patch[] = [];
  /** Statuses with which patches were not taken, in order. */
  readonly refused: number[] = [];
  /** What arrived and is not in the contract. */
  readonly faults: string[] = [];
  patches: PatchManner = { kind: "taken" };
  heartbeat: "answered" | "missed" = "answered";
  heartbeats = 0;
  readonly #server: Server;

  private constructor(service: string, requires: readonly string[] | null, server: Server) {
    this.service = service;
    this.requires = requires;
    this.#server = server;
    server.on("request", (request, response) => {
      this.#serve(request, response).catch((thrown: unknown) => this.faults.push(String(thrown)));
    });
  }

  static async start(service: string, requires: readonly string[] | null): Promise<ContractProgram> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ContractProgram(service, requires, server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The body of its registration. */
  get registration(): object {
    return {
      ServiceName: this.service,
      ServiceURL: this.url,
      RequiredServices: this.requires,
      ServiceUpdateURL: `${this.url}/services`,
      HeartbeatURL: `${this.url}/heartbeat`,
    };
  }

  /** The URLs that all patches so far leave it with. */
  get knows(): ReadonlySet<string> {
    const known = new Set<string>();
    for (const { Added, Removed } of this.taken) {
      for (const { URL } of Removed) if (!Added.some((added) => added.URL === URL)) known.delete(URL);
      for (const { URL } of Added) known.add(URL);
    }
    return known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const piece of request.setEncoding("utf8") as AsyncIterable<string>) text += piece;
    if (request.url === "/heartbeat") return this.#heartbeat(request, response);
    if (request.url === "/services") return this.#patch(request, response, text);
    this.faults.push(`${request.method} ${request.url}`);
    response.writeHead(404).end();
  }

  #heartbeat({ method }: IncomingMessage, response: ServerResponse): void {
    if (method !== "GET") this.faults.push(`the heartbeat is asked by ${method}`);
    this.heartbeats++;
    response.writeHead(this.heartbeat === "answered" ? 200 : 503).end();
  }

  #patch({ method, headers }: IncomingMessage, response: ServerResponse, text: string): void {
    if (method !== "POST") this.faults.push(`a patch is sent by ${method}`);
    const type = headers["content-type"] ?? "nothing";
    if (!/^application\/json\b/.test(type)) this.faults.push(`a patch is sent as ${type}`);
    const manner = this.patches;
    if (manner.kind === "hanging") return;
    const status = manner.kind === "refused" ? manner.statuses.shift() : statuses[manner.kind];
    if (status !== undefined) {
      this.refused.push(status);
      response.writeHead(status, manner.kind === "redirected" ? { location: manner.to } : {}).end();
      return;
    }
    if (!isPatch(text)) this.faults.push(`no patch: ${text}`);
    this.taken.push(JSON.parse(text) as Patch);
    response.writeHead(200).end();
  }
}

const statuses = { taken: undefined, deaf: 503, redirected: 307 } as const;

/** Both lists are there, and are lists: `null` is for participants to understand, not for a registry to send. */
function isPatch(text: string): boolean {
  const { Added, Removed } = JSON.parse(text) as Record<string, unknown>;
  return [Added, Removed].every((list) => Array.isArray(list) && list.every(isPair));
}

function isPair(value: unknown): boolean {
  const { Name, URL } = value as Record<string, unknown>;
  return typeof Name === "string" && typeof URL === "string";
}
