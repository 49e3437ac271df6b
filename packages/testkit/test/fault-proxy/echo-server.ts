import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { deferred } from "@skylark/core/internal";

/** Says back what it hears, and counts the bytes. */
export class EchoServer {
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      this.heard += bytes.length;
      socket.write(bytes);
    });
  });
  readonly #sockets = new Set<Socket>();
  heard = 0;

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** A client that can wait for what it is told. */
export class EchoClient {
  readonly #socket: Socket;
  readonly #ended = deferred();
  #told = Buffer.alloc(0);
  #waiting: { readonly bytes: number; readonly met: () => void }[] = [];

  constructor(address: string) {
    const [host, port] = address.split(":");
    this.#socket = connect({ host: host ?? "", port: Number(port) });
    this.#socket.on("error", () => undefined);
    this.#socket.once("close", () => this.#ended.resolve());
    this.#socket.on("data", (bytes) => {
      this.#told = Buffer.concat([this.#told, bytes]);
      for (const { bytes, met } of this.#waiting) if (this.#told.length >= bytes) met();
    });
  }

  get told(): string {
    return this.#told.toString();
  }

  /** Resolves when the connection is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  say(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** What was told, as soon as it is that long. */
  async hears(bytes: number): Promise<string> {
    if (this.#told.length < bytes) {
      await new Promise<void>((met) => this.#waiting.push({ bytes, met }));
    }
    return this.told;
  }

  close(): void {
    this.#socket.destroy();
  }
}
