import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { freePorts } from "@skylark/testkit";
import type { RegistrationBody } from "../src/registry-link.js";

/** How a registry answers a request; `undefined` in place of a status cuts the connection instead. */
export interface Answer {
  readonly status: number | undefined;
  readonly text?: string;
  /** Whether it did what it was asked before it answered, or did not. */
  readonly done?: boolean;
}

/** A registry of a few lines, as a stranger might write one: it keeps what is sent, and does as the test says. */
export class SmallRegistry implements AsyncDisposable {
  readonly registered = new Map<string, RegistrationBody>();
  /** What it was asked, in order: `POST portal`, `DELETE http://…`. */
  readonly asked: string[] = [];
  /** The next requests are answered with these instead. */
  readonly nextAnswers: Answer[] = [];
  /** Called before each answer. */
  beforeAnswer: (registry: SmallRegistry) => Promise<void> = async () => {};
  readonly #waiting: (() => void)[] = [];
  #server: Server | undefined;
  #port = 0;

  /** On a port that no outgoing connection is given while it is stopped. */
  static async open(): Promise<SmallRegistry> {
    for (let tries = 1; ; tries++) {
      const registry = new SmallRegistry();
      [registry.#port = 0] = await freePorts(1);
      try {
        await registry.start();
        return registry;
      } catch (error) {
        if (tries === 5) throw error; // somebody else was faster that often
      }
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** It comes, or comes back, on the same port. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Resolves once it has been asked so many times in all. */
  async wasAsked(times: number): Promise<void> {
    while (this.asked.length < times) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Pushes a patch to a participant; answers with the status and the text it got. */
  async patch(name: string, patch: unknown, headers: Record<string, string> = {}): Promise<[number, string]> {
    const target = [...this.registered.values()].find(({ ServiceName }) => ServiceName === name);
    if (!target) throw new Error(`${name} is not registered`);
    const body = typeof patch === "string" || patch instanceof Uint8Array ? patch : JSON.stringify(patch);
    const response = await fetch(target.ServiceUpdateURL, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: body as string,
    });
    return [response.status, await response.text()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
    const usual = (): number => (request.method === "POST" ? this.#post(text) : this.#delete(text));
    const name = request.method === "POST" ? (JSON.parse(text) as RegistrationBody).ServiceName : text;
    this.asked.push(`${request.method} ${name}`);
    const told = this.nextAnswers.shift();
    if (told?.done) usual();
    const status = told ? told.status : usual();
    await this.beforeAnswer(this);
    if (status === undefined) request.socket.destroy();
    else response.writeHead(status).end(told?.text ?? "");
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #post(text: string): number {
    const body = JSON.parse(text) as RegistrationBody;
    if (this.registered.has(body.ServiceURL)) return 409;
    this.registered.set(body.ServiceURL, body);
    return 201;
  }

  #delete(url: string): number {
    return this.registered.delete(url) ? 200 : 404;
  }
}
