import type { Socket } from "node:net";
import type { Log } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { wireLimits } from "../wire/frame.js";
import { Newcomers, type Speech } from "./newcomers.js";
import { listenForSockets, socketTransport } from "./socket-transport.js";
import { SocketWire } from "./socket-wire.js";
import type { Transport } from "./transport.js";

/** Somebody else on the same port. */
export interface HttpGuest {
  /** Takes over a connection that speaks HTTP/1.1, from its first byte on. Owns the socket from now on. */
  takes(socket: Socket): void;
}

export interface SharedTransportOptions {
  readonly http: HttpGuest;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * TCP and unix sockets whose ports are shared: the first byte of a connection decides whose it is (RPC-FRAME-1), and from
 * then on the native protocol pays nothing for having company. Who says nothing in time is sent away.
 */
export function sharedTransport({ http, clock, log }: SharedTransportOptions): Transport {
  return {
    dial: (address, signal) => socketTransport.dial(address, signal),

    async listen(address, accept) {
      const spoke = (socket: Socket, peer: string, chunk: Buffer, speech: Speech): void => {
        if (speech === "native") {
          const wire = new SocketWire(socket, peer);
          accept(wire);
          wire.onData(chunk);
        } else if (speech === "http") {
          socket.setNoDelay(true);
          socket.pause();
          socket.unshift(chunk);
          http.takes(socket);
          socket.resume();
        } else {
          log("warn", `${peer} speaks TLS, which is not spoken on this port`);
          socket.on("error", () => {}); // it may be gone already
          socket.end(tlsRefusal);
          socket.resume();
          const patience = clock.after(wireLimits.handshakeTimeoutMs, () => void socket.destroy());
          socket.once("close", () => patience.cancel());
        }
      };
      const newcomers = new Newcomers(clock, spoke);
      const listener = await listenForSockets(address, (socket, peer) => newcomers.add(socket, peer));
      return {
        address: listener.address,
        async close() {
          await listener.close();
          newcomers.close();
        },
      };
    },
  };
}

/** A fatal alert, "handshake failure" (RFC 8446, 6): a TLS client ends at once and says why, instead of waiting. */
const tlsRefusal = Buffer.of(0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28);
