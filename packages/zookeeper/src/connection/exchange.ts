import type { SkylarkError } from "@skylark/core";
import type { JuteReader } from "../wire/jute-reader.js";

/** One packet that will be answered, as the connection sees it. */
export interface Exchange {
  /** The whole packet with its length; the connection writes the number into it. */
  readonly packet: Buffer;
  /** A number of its own kind (`specialXids`); undefined: the next in order. */
  readonly xid: number | undefined;
  sent(now: number): void;
  /** Throws where the body is not what it must be; the exchange is over all the same. */
  replied(error: number, body: JuteReader): void;
  /** The connection ended before the answer. */
  lost(cause: SkylarkError): void;
}

/** Where in a packet its number stands: after the length. */
const xidAt = 4;

export function numberPacket(packet: Buffer, xid: number): void {
  packet.writeInt32BE(xid, xidAt);
}
