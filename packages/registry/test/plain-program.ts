import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Patch } from "../src/patch/patch.js";

type Manner = (request: IncomingMessage, response: ServerResponse) => void;

/** A program that takes part by plain HTTP, written by somebody who has read the contract and nothing else. */
export class PlainProgram {
  readonly name: string;
  readonly requires: readonly string[] | null;
  /** All that it was sent, in order. */
  readonly patches: Patch[] = [];
  /** `Name URL` of whom it knows. */
  readonly view = new Set<string>();
  heartbeats = 0;
  /** How it answers patches and heartbeats, where not well. */
  onPatch: Manner | undefined;
  onHeartbeat: Manner | undefined;
  readonly #waiting = new Set<() => void>();
  #server: Server | undefined;
  #port = 0;

  constructor(name: string, requires: readonly string[] | null = []) {
    this.name = name;
    this.requires = requires;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get registration(): Record<string, unknown> {
    return {
      ServiceName: this.name,
      ServiceURL: this.url,
      RequiredServices: this.requires,
      ServiceUpdateURL: `${this.url}/services`,
      HeartbeatURL: `${this.url}/heartbeat`,
    };
  }

  /** Comes, or comes back, on the same port. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Dies without a word. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server?.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Resolves when it holds; asked after each request. The test's own time limit ends the wait. */
  async until(holds: (program: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves when it has been sent so many patches. */
  patched(times: number): Promise<void> {
    return this.until(({ patches }) => patches.length >= times);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET") this.heartbeats++;
    const own = request.method === "GET" ? this.onHeartbeat : this.onPatch;
    if (own) own(request, response);
    else if (request.method === "GET") response.end();
    else {
      let text = "";
      for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
      this.#take(JSON.parse(text) as Patch);
      response.end();
    }
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #take(patch: Patch): void {
    this.patches.push(patch);
    for (const { Name, URL } of patch.Removed) this.view.delete(`${Name} ${URL}`);
    for (const { Name, URL } of patch.Added) this.view.add(`${Name} ${URL}`);
  }
}
