import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A program with an HTTP server of its own, as any program has. The test disposes it. */
export class Program implements AsyncDisposable {
  readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  static async listening(listener: RequestListener = (_, response) => response.end("the program")): Promise<Program> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Program(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}
