import type { Socket } from "node:net";
import type { Clock } from "@skylark/core/internal";
import { wireLimits } from "../wire/frame.js";

/** What a connection speaks, by its first byte. What is neither HTTP nor TLS is the native protocol's to judge. */
export type Speech = "native" | "http" | "tls";

export function speechOf(firstByte: number): Speech {
  const isLetter = (firstByte | 0x20) >= 0x61 && (firstByte | 0x20) <= 0x7a;
  if (isLetter) return "http";
  return firstByte === 0x16 ? "tls" : "native";
}

/** Takes a socket of which the first bytes are known. Owns it from now on, and sets its listeners in the same turn. */
export type Spoke = (socket: Socket, peer: string, chunk: Buffer, speech: Speech) => void;

/** Connections that have not said anything yet. They have the time of a handshake, and there are only so many. */
export class Newcomers {
  readonly #clock: Clock;
  readonly #spoke: Spoke;
  /** In the order of their coming. */
  readonly #silent = new Map<Socket, () => void>();

  constructor(clock: Clock, spoke: Spoke) {
    this.#clock = clock;
    this.#spoke = spoke;
  }

  add(socket: Socket, peer: string): void {
    const take = (chunk: Buffer): void => {
      this.#forget(socket);
      this.#spoke(socket, peer, chunk, speechOf(chunk[0] as number));
    };
    const gone = (): void => this.#forget(socket);
    const patience = this.#clock.after(wireLimits.handshakeTimeoutMs, () => this.#sendAway(socket));
    this.#silent.set(socket, () => {
      patience.cancel();
      socket.off("data", take).off("close", gone).off("error", ignore);
    });
    socket.on("data", take).on("close", gone).on("error", ignore);
    if (this.#silent.size <= wireLimits.newcomersMax) return;
    const [oldest = socket] = this.#silent.keys(); // who has had the longest time to speak is the least likely to
    this.#sendAway(oldest);
  }

  /** Ends those that are still silent: nobody is there for them any more. */
  close(): void {
    for (const socket of [...this.#silent.keys()]) this.#sendAway(socket);
  }

  #sendAway(socket: Socket): void {
    this.#forget(socket);
    socket.destroy();
  }

  #forget(socket: Socket): void {
    this.#silent.get(socket)?.();
    this.#silent.delete(socket);
  }
}

/** What happens to a connection that has said nothing concerns nobody. */
function ignore(): void {}
