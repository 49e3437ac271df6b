import { createConnection, createServer, type Server, type Socket } from "node:net";
import { SkylarkError } from "@skylark/core";
import { type Address, hostAndPort, parseAddress } from "./address.js";
import { lostError } from "./lost-error.js";
import { SocketWire } from "./socket-wire.js";
import type { Listener, Transport, Wire } from "./transport.js";

/** TCP and unix sockets. */
export const socketTransport: Transport = {
  async dial(address, signal) {
    const target = socketAddress(address);
    if (signal.aborted) throw SkylarkError.from(signal.reason, "cancelled");
    return await new Promise<Wire>((resolve, reject) => {
      const socket = createConnection(optionsOf(target));
      const abort = (): void => {
        socket.destroy();
        reject(SkylarkError.from(signal.reason, "cancelled"));
      };
      const refused = (cause: Error): void => {
        signal.removeEventListener("abort", abort);
        reject(lostError(`nobody answers on ${address}: ${cause.message}`, cause));
      };
      signal.addEventListener("abort", abort, { once: true });
      socket.once("error", refused);
      socket.once("connect", () => {
        signal.removeEventListener("abort", abort);
        socket.off("error", refused);
        resolve(new SocketWire(socket, address));
      });
    });
  },

  listen: (address, accept) => listenForSockets(address, (socket, peer) => accept(new SocketWire(socket, peer))),
};

/** Accepts sockets on `address`, whatever they speak. `peer`: where the other side is, for people. */
export async function listenForSockets(
  address: string,
  accept: (socket: Socket, peer: string) => void,
): Promise<Listener> {
  const target = socketAddress(address);
  const server = createServer((socket) => accept(socket, peerOf(socket, address)));
  return await new Promise<Listener>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(address, cause)));
    server.listen({ ...optionsOf(target), backlog: 4096 }, () => {
      server.removeAllListeners("error");
      server.on("error", () => {}); // accepting failed (out of descriptors): the next one may work
      resolve({ address: boundAddress(target, server), close: () => closeServer(server) });
    });
  });
}

function socketAddress(address: string): Exclude<Address, { kind: "memory" }> {
  const target = parseAddress(address);
  if (target.kind === "memory") {
    throw new SkylarkError("invalid_argument", `${address} is an address in memory; sockets cannot reach it`);
  }
  const pathBytes = target.kind === "unix" ? Buffer.byteLength(target.path) : 0;
  if (pathBytes > socketPathBytesMax) {
    const most = `a unix socket's path has at most ${socketPathBytesMax} bytes, this one ${pathBytes}`;
    throw new SkylarkError("invalid_argument", `${address}: ${most}: choose a folder with a shorter path`);
  }
  return target;
}

/** What the smallest `sockaddr_un` holds, that of macOS, without the closing zero. */
const socketPathBytesMax = 103;

function optionsOf(target: Exclude<Address, { kind: "memory" }>): { host: string; port: number } | { path: string } {
  return target.kind === "tcp" ? { host: target.host, port: target.port } : { path: target.path };
}

function boundAddress(target: Exclude<Address, { kind: "memory" }>, server: Server): string {
  if (target.kind === "unix") return `unix://${target.path}`;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : target.port;
  return `tcp://${hostAndPort(target.host, port)}`;
}

function peerOf(socket: Socket, listening: string): string {
  if (socket.remoteAddress === undefined) return listening;
  return `tcp://${hostAndPort(socket.remoteAddress, socket.remotePort ?? 0)}`;
}

/** The port is free at once. Connections that were accepted live on and have owners of their own: no wait for those. */
async function closeServer(server: Server): Promise<void> {
  server.close();
}

function cannotListen(address: string, cause: NodeJS.ErrnoException): SkylarkError {
  const why =
    cause.code === "EADDRINUSE"
      ? "the address is taken: stop the other program, or choose another port (0 lets the system choose)"
      : cause.message;
  return new SkylarkError("failed_precondition", `cannot listen on ${address}: ${why}`, { cause });
}
