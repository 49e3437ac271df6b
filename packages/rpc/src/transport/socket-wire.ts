import type { Socket } from "node:net";
import type { Wire } from "./transport.js";

/** A wire on a TCP or unix socket. Owns the socket. */
export class SocketWire implements Wire {
  readonly peer: string;
  readonly #socket: Socket;
  #cause: Error | undefined;
  onData: Wire["onData"] = () => {};
  onDrain: Wire["onDrain"] = () => {};
  onClose: Wire["onClose"] = () => {};

  constructor(socket: Socket, peer: string) {
    this.peer = peer;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.onData(chunk));
    socket.on("drain", () => this.onDrain());
    socket.on("error", (cause) => {
      this.#cause = cause;
    });
    socket.on("close", () => this.onClose(this.#cause));
  }

  write(bytes: Uint8Array): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) return true;
    this.#socket.write(bytes);
    return this.#socket.writableLength === 0;
  }

  get backedUp(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
